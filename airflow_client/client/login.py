"""Ways to authenticate that obtain something first: a token, or a session of Airflow's web pages."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from copy import copy
from urllib.parse import urlencode, urlsplit

from airflow_client.client.auth import Auth, Basic, Secret, bearer_token
from airflow_client.client.exceptions import (
    ApiException,
    TransportException,
    UnauthorizedException,
    UnexpectedContentException,
)
from airflow_client.client.flow import Alone
from airflow_client.client.headers import add_cookie, put
from airflow_client.client.model.error import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.client.flow import Exchange, Flow
    from airflow_client.client.server import Server
    from airflow_client.client.wire import Request, Response

#: A token is renewed this many seconds before it expires, or at nine tenths of its life when that is short.
EARLY = 60.0
#: Seconds until a login that was not answered is tried again, by a client that can do without it.
_PAUSE = 30.0


class Obtained(Auth):
    """Credentials that are obtained once for all calls of a client, and again when they have run out or are refused.

    A single login is in flight at a time; the calls that need it wait for it, within their own limits.

    :cvar header: the header that carries the credentials.
    """

    header = "Authorization"

    def __init__(self) -> None:
        self._value: Secret | None = None
        self._renew_at: float | None = None
        self._attempts = 0
        self._refusal: UnauthorizedException | None = None

    def prepare(self, server: Server, exchange: Exchange) -> Flow[None]:
        value, renew_at = self._value, self._renew_at
        if value is None or (renew_at is not None and exchange.clock() >= renew_at):
            yield Alone("login", self.replace(value, self._attempts, server, exchange), exchange.left())

    def sign(self, headers: dict[str, str]) -> None:
        put(headers, self.header, self._value.text if self._value else "")

    def renew(self, request: Request, response: Response, server: Server, exchange: Exchange) -> Flow[bool]:
        value = self._value
        if value is not None and value.text not in request.headers.get(self.header, ""):
            return True  # another call has renewed them meanwhile
        if not (yield from self._has_run_out(response, server, exchange)):
            return False
        yield Alone("login", self.replace(value, self._attempts, server, exchange), exchange.left())
        return True

    def replace(self, used: Secret | None, attempts: int, server: Server, exchange: Exchange) -> Flow[None]:
        """Obtain new credentials instead of ``used``, unless another call has done so since there were ``attempts``.

        What that call was refused is refused to all that waited for it: a wrong password is not tried by each thread.
        """
        if self._value is not used:
            return
        if self._refusal is not None and self._attempts != attempts:
            raise copy(self._refusal) from self._refusal
        self._attempts += 1
        try:
            self._value, life = yield from self._obtain(server, exchange)
        except UnauthorizedException as error:
            self._refusal = error
            raise
        self._refusal = None
        self._renew_at = None if life is None else exchange.clock() + max(life - EARLY, life * 0.9)

    def _has_run_out(self, response: Response, server: Server, exchange: Exchange) -> Flow[bool]:
        """Whether ``response`` refuses the credentials, rather than what the user may do."""
        return response.status == 401 or b"JWT" in (response.data or b"")
        yield  # a flow of no steps

    def _obtain(self, server: Server, exchange: Exchange) -> Flow[tuple[Secret, float | None]]:
        """New credentials, and the seconds until they run out, None when that is not known."""
        raise NotImplementedError


class SuppliedToken(Obtained):
    """A token that a function of the user's supplies; it is asked again when the token runs out or is refused."""

    name = "supplied token"

    def __init__(self, supply: Callable[[], str]) -> None:
        super().__init__()
        self._supply = supply

    def _obtain(self, server: Server, exchange: Exchange) -> Flow[tuple[Secret, float | None]]:
        try:
            return _bearer(Secret(self._supply()))
        except Exception as error:
            raise UnauthorizedException(0, f"access_token() failed: {type(error).__name__}: {error}") from error
        yield  # a flow of no steps


class TokenLogin(Obtained):
    """A token that Airflow 3 gives for user name and password (``POST /auth/token``; simple and FAB auth managers)."""

    name = "token login"

    def __init__(self, username: str, password: Secret) -> None:
        super().__init__()
        self._credentials = Secret(json.dumps({"username": username, "password": password.text}))

    def _obtain(self, server: Server, exchange: Exchange) -> Flow[tuple[Secret, float | None]]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        request = server.request("POST", "/auth/token", headers, self._credentials.text.encode())
        response = yield from exchange.send(request, repeatable=True)
        if response.status in (200, 201):
            try:
                return _bearer(Secret(json.loads(response.data or b"")["access_token"]))
            except (ValueError, RecursionError, LookupError, TypeError) as error:
                raise _not_a_login(request, response, "the answer holds no token") from error
        if response.status in (404, 405) or 300 <= response.status <= 399:
            raise _not_a_login(request, response, f"/auth/token is not there ({response.status})")
        failure = server.failure(request, response, self.name)
        if failure.error is not None:
            # What was sent is in the answer again, where it was refused: the password is to be in no exception.
            failure.error = Error(detail=failure.error.text)
        failure.body = None
        raise failure


class SessionLogin(Obtained):
    """A session of Airflow 2's web pages: the login form with its CSRF token, then the cookie with each call.

    It works where Basic is refused, as in Airflow 2's default configuration, and it is the fast way: the server hashes
    the password once, not with each request.
    """

    name = "session login"
    header = "Cookie"

    def __init__(self, username: str, password: Secret) -> None:
        super().__init__()
        self._username = username
        self._password = password

    def sign(self, headers: dict[str, str]) -> None:
        add_cookie(headers, self._value.text if self._value else "")

    def _has_run_out(self, response: Response, server: Server, exchange: Exchange) -> Flow[bool]:
        # Airflow 2.11 answers 403 both to a session that has ended and to a user who may not read. The login page
        # tells them apart: it sends somebody who is logged in away.
        request = server.request("GET", "/login/")
        self.sign(request.headers)
        page = yield from exchange.send(request)
        return page.status == 200

    def _obtain(self, server: Server, exchange: Exchange) -> Flow[tuple[Secret, float | None]]:
        asked = server.request("GET", "/login/")
        page = yield from exchange.send(asked)
        token = _csrf_token(page)
        if token is None:
            raise _not_a_login(asked, page, "there is no login form for user name and password at /login/")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{server.origin}{server.root}/login/",  # over https Airflow refuses a form without it
        }
        request = server.request("POST", "/login/", headers, self._form(token))
        add_cookie(request.headers, _cookies(page))
        response = yield from exchange.send(request, repeatable=True)
        if response.status in (302, 303) and not _leads_to_login(response.headers.get("Location") or ""):
            return Secret(_cookies(response) or _cookies(page)), None
        if response.status == 429:
            hint = "Airflow takes 5 logins in 40 seconds from one address by default: share one ApiClient, or wait"
            raise ApiException(429, response.reason, request=repr(request), hint=hint)
        if response.status in (200, 302, 303):
            raise UnauthorizedException(
                401,
                "the login form did not accept user name and password",
                request=repr(request),
                hint="check username and password; an account can also be inactive or locked",
            )
        raise server.failure(request, response, self.name)

    def _form(self, csrf_token: str) -> bytes:
        fields = {"username": self._username, "password": self._password.text, "csrf_token": csrf_token}
        return urlencode(fields).encode()


class BasicThenSession(Auth):
    """User name and password at Airflow 2, as its configuration allows.

    The first call goes by Basic; from the second on, or as soon as Basic is refused, a session is used; where there
    are no sessions to be had, Basic throughout. Figures: docs/authentication.md.
    """

    name = "user name and password"

    def __init__(self, username: str, password: Secret) -> None:
        self._basic = Basic(username, password)
        self._session = SessionLogin(username, password)
        self._way: Auth = self._basic
        self._calls = 0
        self._session_tried = False
        self._try_again_at = 0.0
        #: Logged in, and not known to be of no use: a site can have the login form and yet no ``session`` backend.
        self._has_session = False
        self._basic_works = False
        self._session_works = False

    def prepare(self, server: Server, exchange: Exchange) -> Flow[None]:
        self._calls += 1
        if self._calls > 1 and not self._session_tried and exchange.clock() >= self._try_again_at:
            part = exchange.half() if self._basic_works else exchange
            yield Alone("login", self._try_session(server, part), exchange.left())
            if part is not exchange:
                exchange.attempts += part.attempts
        self._way = self._session if self._has_session else self._basic

    def sign(self, headers: dict[str, str]) -> None:
        self._way.sign(headers)

    def accepted(self, request: Request) -> None:
        if "Authorization" in request.headers:
            self._basic_works = True
        else:
            self._session_works = True

    def renew(self, request: Request, response: Response, server: Server, exchange: Exchange) -> Flow[bool]:
        if "Authorization" in request.headers:
            if self._basic_works:
                return False  # the user may not do this
            if not self._session_tried:
                yield Alone("login", self._try_session(server, exchange), exchange.left())
            self._way = self._session if self._has_session else self._basic
            return self._has_session
        if self._session_works and (yield from self._session.renew(request, response, server, exchange)):
            return True
        if self._session_works and response.status == 403:
            return False  # the user may not do this
        if self._basic_works or response.status == 401:
            self._has_session = False
        self._way = self._basic
        return True

    def _try_session(self, server: Server, exchange: Exchange) -> Flow[None]:
        if self._session_tried or exchange.clock() < self._try_again_at:  # by another call, meanwhile
            return
        try:
            yield from self._session.replace(None, 0, server, exchange)
            self._has_session = True
        except TransportException:
            self._try_again_at = exchange.clock() + _PAUSE
            return  # that says nothing: another call may fare better
        except ApiException:
            pass
        self._session_tried = True


#: The ways to log in with user name and password, by what ``Configuration.login`` calls them.
WAYS: dict[str, Callable[[str, Secret], Auth]] = {
    "auto": BasicThenSession,
    "basic": Basic,
    "session": SessionLogin,
    "token": TokenLogin,
}


def _bearer(token: Secret) -> tuple[Secret, float | None]:
    return bearer_token(token), token_life(token.text)


def token_life(token: str) -> float | None:
    """Seconds that a JSON Web Token lives from when it was issued, None when it does not tell.

    Both moments are the server's (RFC 7519, 4.1), so that its clock and ours may differ.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        life = float(claims["exp"] - claims["iat"])
    except (ValueError, RecursionError, LookupError, TypeError, OverflowError):
        return None
    return life if life > 0 else None


def _csrf_token(page: Response) -> str | None:
    """The CSRF token of the login form, None when the page has no such form."""
    if page.status != 200:
        return None
    import html

    text = (page.data or b"").decode("utf-8", "replace")
    for field in re.findall(r"<input\b[^<>]*>", text):
        if re.search(r"\bname=[\"']?csrf_token\b", field):
            value = re.search(r"\bvalue=\"([^\"]*)\"|\bvalue='([^']*)'", field)
            if value and 'name="password"' in text:
                return html.unescape(value[1] or value[2] or "")
    return None


def _leads_to_login(location: str) -> bool:
    try:
        return urlsplit(location).path.rstrip("/").endswith("/login")
    except ValueError:  # it is no URL, and leads nowhere
        return True


def _cookies(response: Response) -> str:
    """The cookies that ``response`` sets, as the value of a Cookie header."""
    # Several Set-Cookie headers arrive joined by commas, and so does the date of an Expires.
    pairs = re.findall(r"(?:^|,\s*)([!#$%&'*+.^_`|~0-9A-Za-z-]+=[^;,]*)", response.headers.get("Set-Cookie") or "")
    return "; ".join(pairs)


def _not_a_login(request: Request, response: Response, what: str) -> ApiException:
    return UnexpectedContentException(
        response.status,
        f"cannot log in: {what}",
        headers=response.headers,
        request=repr(request),
        hint="this site may log in by other means (single sign-on): pass access_token=…, or a session of your own; or "
        "the host may lack the path that Airflow is under, such as /team-a/airflow",
    )
