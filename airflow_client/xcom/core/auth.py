"""Ways to authenticate a request, and what a refused login means."""

from __future__ import annotations

import json
import warnings
from base64 import urlsafe_b64decode
from copy import copy
from typing import TYPE_CHECKING

from airflow_client.xcom.core import hints
from airflow_client.xcom.core.policy import Exclusive, Sleep
from airflow_client.xcom.core.session_file import Key
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    LoginWarning,
    UnauthorizedException,
    UnexpectedContentException,
)
from airflow_client.xcom.headers import Headers, Secret, basic_token, check_header_value, header_name, header_problem
from airflow_client.xcom.model.error import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.policy import CallContext, Flow
    from airflow_client.xcom.core.server import Server
    from airflow_client.xcom.core.session_file import SessionFile


class Auth:
    """Sends no credentials; the base of the ways that do.

    One object serves all threads of a client. Whatever it has to send for itself it does by its flows.

    :cvar name: what an error message calls the credentials.
    :cvar is_proven: False while the server has neither accepted the credentials nor can have counted them as wrong:
        until then they are sent by one call at a time.
    """

    name = "none"
    is_proven: bool = True
    #: What has proven the credentials: a "login", a "call", or None.
    proof: str | None = None

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        """Obtain what :meth:`sign` needs, if it has to be obtained."""
        return
        yield  # a flow of no steps

    def sign(self, headers: Headers) -> None:
        """Add the credentials to the ``headers`` of a request."""

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """After ``response`` refused ``request``: obtain other credentials, and tell whether to try once more."""
        return False
        yield  # a flow of no steps

    def accepted(self, request: Request) -> None:
        """Learn that the server accepted the credentials of ``request``."""
        self.proof = "call"


class Basic(Auth):
    """User name and password in each request (RFC 7617): Airflow 2 with the ``basic_auth`` backend."""

    name = "Basic"

    def __init__(self, username: str, password: Secret[str]) -> None:
        if ":" in username:
            raise ApiValueError("username must not contain ':' (RFC 7617 ends the name there)")
        self._token = Secret(basic_token(username, password.value))

    def sign(self, headers: Headers) -> None:
        headers["Authorization"] = self._token.value


class Bearer(Auth):
    """A ready token (RFC 6750)."""

    name = "bearer token"

    def __init__(self, access_token: Secret[str]) -> None:
        self._token = bearer_token(access_token)

    def sign(self, headers: Headers) -> None:
        headers["Authorization"] = self._token.value


class Settings(Auth):
    """What the ``_request_auths`` of a call lists, in the form that ``Configuration.auth_settings()`` gives."""

    name = "_request_auths"

    def __init__(self, settings: Secret[Iterable[Mapping[str, Any]]]) -> None:
        self._headers = Headers()
        for setting in map(Secret, settings.value):
            if not hasattr(setting.value, "keys") or not {"in", "key", "value"} <= set(setting.value.keys()):
                raise ApiTypeError("_request_auths must be a list of mappings with 'in', 'key' and 'value'")
            place, name = setting.value["in"], setting.value["key"]
            if place not in ("header", "cookie"):
                raise ApiValueError(f"_request_auths: 'in' must be 'header' or 'cookie', not {place!r}")
            name = "Cookie" if place == "cookie" else header_name("_request_auths", name)
            self._headers[name] = check_header_value("_request_auths", Secret(setting.value["value"]))

    def sign(self, headers: Headers) -> None:
        headers.update(self._headers)


def bearer_token(access_token: Secret[str]) -> Secret[str]:
    """The value of the Authorization header for a token.

    :raises ApiValueError: a header cannot carry it.
    """
    if not isinstance(access_token.value, str):
        raise ApiTypeError(f"access_token must be a str, not {type(access_token.value).__name__}")
    problem = header_problem(access_token.value)
    if access_token.value[:7].lower() == "bearer ":
        problem = "begins with 'Bearer ', which would be sent twice: pass the token alone"
    if problem is not None:
        raise ApiValueError(f"access_token {problem}")
    return Secret(f"Bearer {access_token.value}")


#: A token is renewed this many seconds before it expires, or at nine tenths of its life when that is short.
EARLY = 60.0
#: Seconds that a refused login is remembered: calls raise it again, without a request.
REFUSED_SECONDS = 60.0
#: Seconds that a server is asked for no further login after it said that there were too many: Airflow 2's own default.
TOO_MANY_SECONDS = 40.0
#: What to try then.
TOO_MANY_LOGINS = (
    "the server limits logins (Airflow 2 accepts 5 logins in 40 seconds from one address by default): share one "
    "ApiClient among threads and calls, share the session among processes by Configuration.session_file, or wait"
)
#: Seconds between two looks at whether another process has logged in.
_LOOK = 0.05
#: Statuses by which a server refuses what was sent to log in, or logging in at all for now.
_REFUSALS = frozenset({400, 401, 403, 422, 429})


class RefusedLogin:
    """The last refusal of a login, which is raised again, without a request, until its time is over.

    Servers count failed logins and lock accounts: what was refused once is not tried again by each thread and call.

    :param seconds: how long a refusal counts.
    """

    def __init__(self, seconds: float = REFUSED_SECONDS) -> None:
        self._seconds = seconds
        self._error: ApiException | None = None
        self._at = self._until = 0.0

    def remember(self, error: ApiException, now: float) -> None:
        """Raise ``error`` again from now on."""
        if self._error is None or now >= self._until:
            self._error, self._at = copy(error), now  # a copy has no traceback, which would hold the call's frames
            self._until = now + (TOO_MANY_SECONDS if error.status == 429 else self._seconds)

    def check(self, now: float) -> None:
        """Raise the refusal that counts at the time ``now``, if there is one."""
        error, left = self._error, self._until - now
        if error is None or left <= 0:
            return
        again = copy(error)
        again.reason = f"{error.reason} (refused {now - self._at:.0f} s ago; no request was sent)"
        again.hint = (
            f"{error.hint or 'check the credentials'}. This login is tried again after {left:.0f} s, when the host or "
            "the credentials of the Configuration change, or after close()"
        )
        raise again from error


class CachedCredentials(Auth):
    """Credentials that are obtained once for all calls of a client, and again when they have run out or are refused.

    A single login is in flight at a time; the calls that need it wait for it, within their own limits. A refused login
    is remembered, see :class:`RefusedLogin`; fresh credentials that the server does not take are not renewed once more
    before a call has succeeded.

    :cvar header: the header that carries the credentials.
    """

    header: str = "Authorization"
    #: Seconds that a refusal counts.
    refused_seconds: float = REFUSED_SECONDS

    #: What a session file calls the credentials.
    kind: str = ""

    def __init__(self, username: str = "", shared: SessionFile | None = None) -> None:
        self.refused: RefusedLogin = RefusedLogin(self.refused_seconds)
        self.shared: SessionFile | None = shared
        #: The credentials come from the session file, and the server has not accepted them yet.
        self.is_stored: bool = False
        self._username = username
        self._value: Secret[str] | None = None
        self._renew_at: float | None = None
        self._is_renewed = False

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        self.refused.check(context.clock())
        value, renew_at = self._value, self._renew_at
        if value is None or (renew_at is not None and context.clock() >= renew_at):
            yield Exclusive("login", self.refresh(value, server, context), context.left())

    def sign(self, headers: Headers) -> None:
        headers[self.header] = self._value.value if self._value else ""

    def accepted(self, request: Request) -> None:
        self.proof = "call"
        self._is_renewed = self.is_stored = False

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        value = self._value
        if value is not None and value.value not in request.headers.get(self.header, ""):
            return True  # another call has renewed them meanwhile
        yield Exclusive("login", self._renew(value, response, server, context), context.left())
        return self._value is not value

    def refresh(self, used: Secret[str] | None, server: Server, context: CallContext) -> Flow[None]:
        """Obtain new credentials instead of ``used``, unless another call has done so, or was refused, meanwhile."""
        if self._value is not used:
            return
        self.refused.check(context.clock())
        lock = None
        try:
            if self.shared is not None:
                lock = yield from self._from_file(self.shared, used, server, context)
                if self.is_stored:
                    return
            value, life = yield from self._obtain(server, context)
            seconds = None if life is None else max(life - EARLY, life * 0.9)
            if self.shared is not None:
                self._store(self.shared, self._key(server), value, seconds)
        except ApiException as error:
            if error.is_login_refusal:
                self.refused.remember(error, context.clock())
            raise
        finally:
            if lock is not None:
                lock.close()
        self._value = value
        self._renew_at = None if seconds is None else context.clock() + seconds

    def _key(self, server: Server) -> Key:
        return Key(server.origin + server.root, self._username, self.kind)

    def _from_file(
        self, shared: SessionFile, used: Secret[str] | None, server: Server, context: CallContext
    ) -> Flow[Any]:
        """Take the credentials that another process obtained, or wait for one that is about to.

        :returns: a lock to close after the login that is to be made; ``is_stored`` is True where none is.
        """
        self.is_stored, key, lock = False, self._key(server), None
        if used is not None:
            shared.forget(key, used)
        patience = context.left() / 2  # the other process may hang
        while True:
            found = shared.load(key)
            if found is not None and (used is None or found[0].value != used.value):
                self.is_stored, self._value = True, found[0]
                self._renew_at = None if found[1] is None else context.clock() + found[1]
            if self.is_stored or lock is not None or context.left() < patience:
                if self.is_stored and lock is not None:
                    lock.close()
                    lock = None
                return lock
            lock = shared.try_lock()  # and look once more, as another process may have stored some meanwhile
            if lock is None:
                yield Sleep(_LOOK)

    def _store(self, shared: SessionFile, key: Key, value: Secret[str], seconds: float | None) -> None:
        try:
            shared.store(key, value, seconds)
        except ApiValueError as error:
            warnings.warn(f"the login is not shared: {error}", LoginWarning, stacklevel=2)

    def log_in(self, server: Server, context: CallContext) -> Flow[None]:
        """Obtain new credentials in place of those that there are; the caller is alone."""
        return self.refresh(self._value, server, context)

    def _renew(self, used: Secret[str] | None, response: Response, server: Server, context: CallContext) -> Flow[None]:
        if self._value is not used:
            return
        if self._is_renewed:
            self._forget(used, server)
            return
        if (yield from self._has_run_out(response, server, context)):
            self._is_renewed = True
            yield from self.refresh(used, server, context)

    def _forget(self, used: Secret[str] | None, server: Server) -> None:
        if self.shared is not None and used is not None:
            self.shared.forget(self._key(server), used)

    def forget(self, server: Server) -> None:
        """Remove the credentials from the session file: the server does not take them."""
        self._forget(self._value, server)

    def _has_run_out(self, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """Whether ``response`` refuses the credentials, rather than what the user may do."""
        return response.status == 401 or b"JWT" in (response.data or b"")
        yield  # a flow of no steps

    def _obtain(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        """New credentials, and the seconds until they run out, None when that is not known."""
        raise NotImplementedError


class SuppliedToken(CachedCredentials):
    """A token that a function of the user's supplies; it is asked again when the token runs out or is refused."""

    name = "supplied token"
    #: For the calls that waited for the function while it failed: it may fare better the next time.
    refused_seconds: float = 1.0

    def __init__(self, supply: Callable[[], str]) -> None:
        super().__init__()
        self._supply = supply

    def _obtain(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        try:
            return _bearer(Secret(self._supply()))
        except Exception as error:
            failure = UnauthorizedException(0, f"access_token() failed: {type(error).__name__}: {error}")
            raise refusal(failure) from error
        yield  # a flow of no steps


class TokenLogin(CachedCredentials):
    """A token that Airflow 3 gives for user name and password (``POST /auth/token``; simple and FAB auth managers)."""

    name = "token login"
    kind = "token"

    def __init__(self, username: str, password: Secret[str], shared: SessionFile | None = None) -> None:
        super().__init__(username, shared)
        self._credentials = Secret(json.dumps({"username": username, "password": password.value}))

    def _obtain(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        request = server.request("POST", "/auth/token", headers, self._credentials.value.encode())
        response = yield from context.send(request, repeatable=True)
        if response.status in (200, 201):
            try:
                token = _bearer(Secret(json.loads(response.data or b"")["access_token"]))
            except (ValueError, RecursionError, LookupError, TypeError) as error:
                raise not_a_login(request, response, "the answer holds no token") from error
            self.proof = self.proof or "login"
            return token
        if response.status in (404, 405) or 300 <= response.status <= 399:
            raise not_a_login(request, response, "/auth/token is not there")
        if response.status == 429:
            raise too_many_logins(request, response)
        self.proof = None
        failure = server.failure(request, response, self)
        if failure.error is not None:
            # What was sent is in the answer again, where it was refused: the password is to be in no exception.
            failure.error = Error(detail=failure.error.text)
        failure.body = failure.raw_data = None
        raise refusal(failure) if response.status in _REFUSALS else failure


def _bearer(token: Secret[str]) -> tuple[Secret[str], float | None]:
    return bearer_token(token), token_life(token.value)


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


def refusal(error: ApiException) -> ApiException:
    """Mark ``error`` as a refusal of the credentials themselves."""
    error.is_login_refusal = True
    return error


def too_many_logins(request: Request, response: Response) -> ApiException:
    return refusal(ApiException(429, response.reason, request=repr(request), hint=TOO_MANY_LOGINS))


def not_a_login(request: Request, response: Response, what: str) -> ApiException:
    redirect = hints.redirect(request, response) if 300 <= response.status <= 399 else None
    if redirect is not None:
        what += f" (a redirect to {redirect[0]})"
    elif response.status != 200:
        what += f" ({response.status})"
    return UnexpectedContentException(
        response.status,
        f"cannot log in: {what}",
        headers=response.headers,
        request=repr(request),
        hint=redirect[1]
        if redirect is not None
        else "this site may log in by other means (single sign-on): pass access_token=…, or a session of your own; or "
        "the host may lack the path that Airflow is under, such as /team-a/airflow",
    )
