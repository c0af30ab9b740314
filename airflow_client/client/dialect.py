"""What is particular to each version of Airflow's API. No other module asks which one it is talking to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.model.error import Error
    from airflow_client.client.wire import Request, Response


class Dialect:
    """One version of the API.

    :cvar prefix: the path of the API below Airflow's root.
    """

    prefix: str

    def hint(self, request: Request, response: Response, error: Error | None, signed_as: str) -> str | None:
        """What to try after an answer that refuses the request.

        :param error: the body as Airflow's error, None when it is not one.
        :param signed_as: how the request was authenticated, as :attr:`Auth.name` says it.
        :returns: a sentence, or None when nothing is known to help.
        """
        raise NotImplementedError


class ApiV1(Dialect):
    """``/api/v1``: Airflow 2.0 to 2.11."""

    prefix = "/api/v1"

    def hint(self, request: Request, response: Response, error: Error | None, signed_as: str) -> str | None:
        status, said = response.status, (error.text if error is not None else None) or ""
        if status in (401, 403):
            return _hint_refused(status, signed_as)
        if 300 <= status <= 399:
            return (
                f"the server redirects to {response.headers.get('Location')!r}. Redirects are not followed: the target "
                "can be another XCom (a key that begins with '/' cannot be asked for on Airflow 2) or a login page"
            )
        if status == 404 and error is None:
            return "this path is not Airflow 2's API: check Configuration(host=…), for instance http://localhost:8080/api/v1"
        if status == 404 and "XCom" in said:
            return (
                "get_xcom_entries shows what exists; the entry of a mapped task needs map_index; an id or key must "
                "match to the letter"
            )
        if status == 400 and "not in spec" in said:
            return "this server's Airflow release does not know the parameter: leave it out, or see since when it works"
        if status == 400 and len(request.target) > 4000:
            return "the ids are too long: the server limits a request line (gunicorn's default: 4094 bytes)"
        return None


def _hint_refused(status: int, signed_as: str) -> str:
    if signed_as == "none":
        return "no credentials were sent: set Configuration(username=…, password=…)"
    helps = {
        "Basic": "check username and password, and that the server's [api] auth_backends has "
        "airflow.api.auth.backend.basic_auth (Airflow 2's default, session, refuses Basic)"
    }.get(signed_as, "check that they are valid for this server and have not expired")
    permission = "" if status == 401 else "; the user may also lack the permission to read XComs of this DAG"
    return f"{signed_as} credentials were sent: {helps}{permission}"


V1 = ApiV1()
