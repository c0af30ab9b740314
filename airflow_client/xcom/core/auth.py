"""Authentication of requests, and handling of refused logins."""

from __future__ import annotations

import warnings
from copy import copy
from typing import TYPE_CHECKING

from airflow_client.xcom.core import hints
from airflow_client.xcom.core.policy import Exclusive, Sleep
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    LoginWarning,
    UnauthorizedException,
    UnexpectedContentException,
)
from airflow_client.xcom.headers import Headers, Secret, basic_token, check_header_value, header_name
from airflow_client.xcom.session_file import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.policy import CallContext, Flow
    from airflow_client.xcom.core.server import Server
    from airflow_client.xcom.session_file import SessionFile


class Auth:
    """Fixed headers, or none; base class of the login methods. All threads of a client share one object.

    :ivar name: name of the credentials in error messages.
    :ivar is_proven: False until the server accepts the credentials; until then, only one call at a time sends them.
    :ivar proof: proof of the credentials: a "login", a "call", or None.
    """

    name: str = "none"
    is_proven: bool = True
    proof: str | None = None

    def __init__(self, name: str = "none", headers: Headers | None = None) -> None:
        self.name = name
        self._headers = headers or Headers()

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        """Obtain the credentials for :meth:`sign` if necessary."""
        return
        yield  # makes this a generator

    def sign(self, headers: Headers) -> None:
        """Add the credentials to the request's ``headers``."""
        headers.update(self._headers)

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """Replace credentials that ``response`` refused; return True to retry the request."""
        return False
        yield  # makes this a generator

    def accepted(self, request: Request) -> None:
        """Record that the server accepted the credentials of ``request``."""
        self.proof = "call"


class Password:
    """Password of a configuration: text, or a function that is called once, when a login needs the password."""

    def __init__(self, given: Secret[str | Callable[[], str]]) -> None:
        self._given = given

    def reveal(self) -> Secret[str]:
        """Return the password.

        :raises UnauthorizedException: the function failed.
        """
        if callable(self._given.value):
            try:
                self._given = Secret(self._given.value())
            except Exception as error:
                failure = UnauthorizedException(0, f"password() failed: {type(error).__name__}: {error}")
                raise mark_refused(failure) from error
        if not isinstance(self._given.value, str):
            raise ApiTypeError(f"password() must return a str, not {type(self._given.value).__name__}")
        return Secret(self._given.value)


class Basic(Auth):
    """User name and password for each request (RFC 7617): Airflow 2 with the ``basic_auth`` backend."""

    def __init__(self, username: str, password: Password) -> None:
        if ":" in username:
            raise ApiValueError("username must not contain ':' (RFC 7617 ends the name there)")
        super().__init__("Basic")
        self._username = username
        self._password = password

    def sign(self, headers: Headers) -> None:
        if "Authorization" not in self._headers:
            self._headers["Authorization"] = basic_token(self._username, self._password.reveal().value)
        super().sign(headers)


def request_auths(settings: Secret[Iterable[Mapping[str, Any]]]) -> Auth:
    """Return the credentials of a call's ``_request_auths``, in the form of ``Configuration.auth_settings()``."""
    headers = Headers()
    for setting in map(Secret, settings.value):
        if not hasattr(setting.value, "keys") or not {"in", "key", "value"} <= set(setting.value.keys()):
            raise ApiTypeError("_request_auths must be a list of mappings with 'in', 'key' and 'value'")
        location, name = setting.value["in"], setting.value["key"]
        if location not in ("header", "cookie"):
            raise ApiValueError(f"_request_auths: 'in' must be 'header' or 'cookie', not {location!r}")
        name = "Cookie" if location == "cookie" else header_name("_request_auths", name)
        headers[name] = check_header_value("_request_auths", Secret(setting.value["value"]))
    return Auth("_request_auths", headers)


#: Seconds before expiry at which a token is renewed; a short-lived one is renewed after 90% of its lifetime.
RENEWAL_MARGIN = 60.0
#: Seconds for which a refused login is remembered.
REFUSED_SECONDS = 60.0
#: Seconds without another login after a 429, Airflow 2's default, and the hint of the exception.
TOO_MANY_SECONDS = 40.0
TOO_MANY_LOGINS = (
    "Airflow accepts 5 logins per 40 s from one address by default: reuse one ApiClient, share the login among "
    "processes with Configuration.session_file, or wait 40 s"
)
#: Seconds between two checks for another process's login.
_LOOK = 0.05


class RefusedLogin:
    """Remember a refused login for some seconds, and raise its error again without a request.

    Servers count failed logins and lock accounts, so threads and calls must not repeat one.
    """

    def __init__(self, seconds: float = REFUSED_SECONDS) -> None:
        self._seconds = seconds
        self._error: ApiException | None = None
        self._at = self._until = 0.0

    def remember(self, error: ApiException, now: float) -> None:
        """Remember ``error`` if it refuses the login, unless another refusal is still in effect."""
        if error.is_login_refusal and (self._error is None or now >= self._until):
            self._error, self._at = copy(error), now  # without the traceback, which holds the call's frames
            self._until = now + (TOO_MANY_SECONDS if error.status == 429 else self._seconds)

    def check(self, now: float) -> None:
        """Raise the refusal that is in effect at the time ``now``, if any."""
        error, remaining = self._error, self._until - now
        if error is None or remaining <= 0:
            return
        repeated = copy(error)
        repeated.reason = f"{error.reason} (refused {now - self._at:.0f} s ago; no request was sent)"
        repeated.hint = (
            f"{error.hint or 'check the credentials'}. This login is tried again after {remaining:.0f} s, when "
            "the Configuration's host or credentials change, or after close()"
        )
        raise repeated from error


class CachedCredentials(Auth):
    """Credentials that all calls of a client share; renewed when they expire or are refused.

    One login runs at a time; other calls wait for it until their own deadline. Refused logins are remembered, see
    :class:`RefusedLogin`. Fresh credentials that the server refuses are not renewed again until a call succeeds.

    :cvar header: header that carries the credentials.
    :cvar refused_seconds: how long a refused login is remembered.
    """

    header: str = "Authorization"
    refused_seconds: float = REFUSED_SECONDS
    #: The name of the credentials in a session file.
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
            yield Exclusive("login", self.refresh(value, server, context), context.remaining())

    def sign(self, headers: Headers) -> None:
        headers[self.header] = self._value.value if self._value else ""

    def accepted(self, request: Request) -> None:
        super().accepted(request)
        self._is_renewed = self.is_stored = False

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        value = self._value
        if value is not None and value.value not in request.headers.get(self.header, ""):
            return True  # another call renewed them
        yield Exclusive("login", self._renew(value, response, server, context), context.remaining())
        return self._value is not value

    def refresh(self, stale: Secret[str] | None, server: Server, context: CallContext) -> Flow[None]:
        """Replace the ``stale`` credentials unless another call already did; share that call's refusal."""
        if self._value is not stale:
            return
        self.refused.check(context.clock())
        lock = None
        try:
            if self.shared is not None:
                lock = yield from self._from_file(self.shared, stale, server, context)
                if self.is_stored:
                    return
            value, lifetime = yield from self._fetch(server, context)
            seconds = None if lifetime is None else max(lifetime - RENEWAL_MARGIN, lifetime * 0.9)
            if self.shared is not None:
                self._store(self.shared, self._key(server), value, seconds)
        except ApiException as error:
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
        self, shared: SessionFile, stale: Secret[str] | None, server: Server, context: CallContext
    ) -> Flow[Any]:
        """Take the credentials that another process obtained, or wait for one that is about to.

        :returns: a lock to close after the login that is to be made; ``is_stored`` is True where none is.
        """
        self.is_stored, key, lock = False, self._key(server), None
        if stale is not None:
            shared.forget(key, stale)
        patience = context.remaining() / 2  # the other process may hang
        while True:
            found = shared.load(key)
            if found is not None and (stale is None or found[0].value != stale.value):
                self.is_stored, self._value = True, found[0]
                self._renew_at = None if found[1] is None else context.clock() + found[1]
                return lock
            if lock is not None or context.remaining() < patience:
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
        """Replace the current credentials. The caller holds the login lock."""
        return self.refresh(self._value, server, context)

    def _renew(self, stale: Secret[str] | None, response: Response, server: Server, context: CallContext) -> Flow[None]:
        if self._value is not stale:
            return
        if self._is_renewed:
            self.forget(server)
            return
        if (yield from self._is_expired(response, server, context)):
            self._is_renewed = True
            yield from self.refresh(stale, server, context)

    def forget(self, server: Server) -> None:
        """Remove the credentials from the session file: the server does not take them."""
        if self.shared is not None and self._value is not None:
            self.shared.forget(self._key(server), self._value)

    def _is_expired(self, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """Return True if ``response`` refuses the credentials rather than the user's permissions."""
        return response.status == 401 or b"JWT" in (response.data or b"")
        yield  # makes this a generator

    def _fetch(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        """Return new credentials and their lifetime in seconds, None if unknown."""
        raise NotImplementedError


def mark_refused(error: ApiException) -> ApiException:
    """Mark ``error`` as a refused login and return it."""
    error.is_login_refusal = True
    return error


def too_many_logins(request: Request, response: Response) -> ApiException:
    return mark_refused(ApiException(429, response.reason, request=repr(request), hint=TOO_MANY_LOGINS))


def login_unavailable(request: Request, response: Response, what: str) -> ApiException:
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
        else "the site may use another login, such as single sign-on: pass access_token=…, or your own session; or "
        "host may lack Airflow's path, such as /team-a/airflow",
    )
