"""What is particular to each version of Airflow's API. No other module asks which one it is talking to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_client.xcom.core import hints
from airflow_client.xcom.exceptions import ApiUnsupportedError

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.model.error import Error

    Release = tuple[int, ...]
    Requirement = tuple[Release, str]


#: Calls and parameters by the release of Airflow that has them first, where that is later than 3.0 (or is 3.0, for
#: what Airflow 2 lacks). Read off the official clients of 3.1.0, 3.1.8, 3.2.0, 3.2.2 and real servers.
MIN_VERSION: dict[str, Release] = {
    "create_xcom_entry": (3, 2),
    "update_xcom_entry": (3, 2),
    "delete_xcom_entry": (3, 2),
    **{f"{name}_pattern": (3, 1) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_prefix_pattern": (3, 2, 2) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_{bound}": (3, 1) for name in ("logical_date", "run_after") for bound in ("gte", "gt", "lte", "lt")},
    "map_index_filter": (3, 1),
    "order_by": (3, 2, 2),
}
_BASIC = (
    "the server's [api] auth_backends has airflow.api.auth.backend.basic_auth (Airflow 2's default, session, refuses "
    "Basic) or airflow.api.auth.backend.session with a login form for user name and password"
)
_WRITES = "3.0 and 3.1 store the value's JSON text in place of the value, so that it would not read back as it was"


class ApiVersion:
    """One version of the API.

    :cvar prefix: the path of the API below Airflow's root.
    :cvar airflow: whose API it is.
    :cvar order_since: the first release whose lists have a total order, None for all with this API.
    :cvar json_since: the first release that sends values as JSON, rather than as text, when it is asked to; None where
        all do so unasked.
    :cvar logins: the values of ``Configuration.login`` that there are; the first is the default.
    :cvar shared_setting: the setting that all servers behind one address must share.
    """

    prefix: str
    airflow: str
    order_since: Release | None
    json_since: Release | None
    logins: tuple[str, ...]
    shared_setting: str

    def required(self, operation: Operation[Any]) -> Requirement | None:
        """The call or parameter of ``operation`` that needs the latest release, and that release; None for none.

        :raises ApiUnsupportedError: no release with this API has it.
        """
        if operation.name is None or (not operation.query and operation.name not in MIN_VERSION):
            return None
        names = (operation.name, *(name for name, _ in operation.query))
        return max(((MIN_VERSION[name], name) for name in names if name in MIN_VERSION), default=None)

    def check(self, required: Requirement, version: str) -> None:
        """Refuse what a server of release ``version`` does not have.

        :raises ApiUnsupportedError: it needs a later release.
        """
        since, name = required
        if _release(version) < since:
            reason = f" ({_WRITES})" if name in ("create_xcom_entry", "update_xcom_entry") else ""
            raise ApiUnsupportedError(
                f"{name} needs Airflow {'.'.join(map(str, since))} or later{reason}; this server is Airflow {version}"
            )

    def unstable(self, version: str) -> str | None:
        """Why the order of a list of a server of release ``version`` cannot be relied on, None when it can."""
        if self.order_since is None or _release(version) >= self.order_since:
            return None
        return (
            f"Airflow {version} lists XComs in no total order (that came with Airflow 2.10): "
            "of mapped tasks, rows can be missing from the pages"
        )

    def sends_json(self, version: str) -> bool:
        """Whether a server of release ``version`` sends values as JSON when it is asked to."""
        return self.json_since is None or _release(version) >= self.json_since

    def is_xcom_not_found(self, status: int, error: Error | None) -> bool:
        """Whether an answer says that there is no such entry, rather than no such path."""
        return status == 404 and error is not None and "XCom" in (error.text or "")

    def is_path_not_found(self, status: int, error: Error | None) -> bool:
        """Whether an answer says that the server has no such path, rather than no such object."""
        said = (error.text if error is not None else None) or ""
        return status == 404 and (
            error is None or "has been removed in Airflow 3" in said or "route not found" in said or said == "Not Found"
        )

    def hint(self, request: Request, response: Response, error: Error | None, auth: Auth) -> str | None:
        """What to try after an answer that refuses the request.

        :param error: the body as Airflow's error, None when it is not one.
        :param auth: how the request was authenticated.
        :returns: a sentence, or None when nothing is known to help.
        """
        status, said = response.status, (error.text if error is not None else None) or ""
        if status in (401, 403):
            return self._hint_refused(request, status, error, auth)
        if 300 <= status <= 399:
            return hints.redirect(request, response)[1]
        if hints.is_plain_http_refused(status, response.data):
            return hints.HTTPS_PORT
        if self.is_path_not_found(status, error):
            other = " and ".join(f"{api_version.prefix} is {api_version.airflow}'s" for api_version in API_VERSIONS)
            return f"the server has no such path: check Configuration(host=…); {other}; or leave the API out of it"
        if self.is_xcom_not_found(status, error):
            return (
                "get_xcom_entries shows what exists; the entry of a mapped task needs map_index; an id or key must "
                "match to the letter"
            )
        if status == 400 and "not in spec" in said:
            return "this server's Airflow release does not know the parameter: leave it out, or see since when it works"
        if status == 400 and len(request.target) > 4000:
            return "the ids are too long: the server limits a request line (gunicorn's default: 4094 bytes)"
        return None

    def proof(self, status: int, error: Error | None, auth: Auth) -> str | None:
        """Return what has proven the credentials, this refusal included."""
        return auth.proof

    def _hint_refused(self, request: Request, status: int, error: Error | None, auth: Auth) -> str:
        if auth.name == "none":
            return "no credentials were sent: set Configuration(username=…, password=…) or access_token=…"
        said, proof = (error.text if error is not None else None) or "", self.proof(status, error, auth)
        hint = hints.refused(
            request, status, auth.name, proof, shared_setting=self.shared_setting, basic=_BASIC, bad_token="JWT" in said
        )
        if error is None:
            hint += ". The answer is not Airflow's own: a proxy or gateway in front of it may have refused the request"
        return hint


class ApiV1(ApiVersion):
    """``/api/v1``: Airflow 2.0 to 2.11. The server refuses a parameter that its release does not know."""

    prefix = "/api/v1"
    airflow = "Airflow 2"
    order_since: Release | None = (2, 10)
    json_since: Release | None = (2, 10)
    logins: tuple[str, ...] = ("auto", "basic", "session")
    shared_setting = "[webserver] secret_key"

    def required(self, operation: Operation[Any]) -> None:
        required = super().required(operation)
        if required is not None:
            since, name = required
            raise ApiUnsupportedError(
                f"{name} needs Airflow {'.'.join(map(str, since))} or later; this server has {self.prefix} (Airflow 2)"
            )


class ApiV2(ApiVersion):
    """``/api/v2``: Airflow 3. The server ignores a parameter that its release does not know, so it is refused here."""

    prefix = "/api/v2"
    airflow = "Airflow 3"
    order_since: Release | None = None
    json_since: Release | None = None
    logins: tuple[str, ...] = ("token",)
    shared_setting = "[api_auth] jwt_secret"

    def proof(self, status: int, error: Error | None, auth: Auth) -> str | None:
        # Airflow 3 looks at the token first, and has words of its own for a bad one.
        return "call" if status == 403 and error is not None and error.text == "Forbidden" else auth.proof


V1, V2 = ApiV1(), ApiV2()
#: In the order in which they are looked for at a host that names none.
API_VERSIONS: tuple[ApiVersion, ...] = (V2, V1)


def _release(version: str) -> Release:
    return tuple(map(int, re.findall(r"\d{1,9}", version)[:3]))
