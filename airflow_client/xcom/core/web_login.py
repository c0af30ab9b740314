"""Login methods of Airflow 2: Basic, and a session of its web interface."""

from __future__ import annotations

import html
import re
import warnings
from copy import copy
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from airflow_client.xcom.core.auth import (
    REFUSED_SECONDS,
    TOO_MANY_LOGINS,
    TOO_MANY_SECONDS,
    Auth,
    Basic,
    CachedCredentials,
    Password,
    RefusedLogin,
    login_unavailable,
    mark_refused,
    too_many_logins,
)
from airflow_client.xcom.core.decoding import text_of
from airflow_client.xcom.core.policy import Exclusive
from airflow_client.xcom.exceptions import ApiException, LoginWarning, TransportException, UnauthorizedException
from airflow_client.xcom.headers import Secret

if TYPE_CHECKING:
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.policy import CallContext, Flow
    from airflow_client.xcom.core.server import Server
    from airflow_client.xcom.headers import Headers
    from airflow_client.xcom.session_file import SessionFile

#: Seconds before an optional login that got no response is retried.
_FORM_RETRY_DELAY = 30.0
#: Separator of the cookies in a joined Set-Cookie header.
_COOKIE_SEPARATOR = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
#: Attributes that delete a cookie (RFC 6265, 3.1).
_DELETED_COOKIE = re.compile(r"(?i);\s*(max-age=(0|-\d+)\s*(;|$)|expires=[^;]*\b1970\b)")
#: Hint for a login page whose token is bad as soon as it is used.
LOST_LOGIN_PAGE = (
    "the server does not know the login page that it sent: several servers behind this address have different secrets "
    "([webserver] secret_key must be the same on all of them), or something in front of Airflow removes its cookies"
)


class SessionLogin(CachedCredentials):
    """Session of Airflow 2's web interface: log in by its form, then send the cookie with each call.

    It works with Airflow 2's default configuration, which refuses Basic. It is also faster: the server hashes the
    password once instead of with each request.
    """

    name = "session login"
    header = "Cookie"
    kind = "session"

    def __init__(self, username: str, password: Password, shared: SessionFile | None = None) -> None:
        super().__init__(username, shared)
        self._password = password

    def sign(self, headers: Headers) -> None:
        headers.add_cookie(self._value.value if self._value else "")

    def _is_expired(self, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        # Airflow 2.11 responds 403 in both cases; the login page redirects users who are logged in.
        request = server.request("GET", "/login/")
        self.sign(request.headers)
        page = yield from context.send(request)
        if page.status != 200:
            self.proof = self.proof or "login"
        return page.status == 200

    def _fetch(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        page_request = server.request("GET", "/login/")
        page = yield from context.send(page_request)
        if page.status == 429:
            raise too_many_logins(page_request, page)
        if page.status >= 500:
            raise server.failure(page_request, page, self)
        token = _csrf_token(page)
        if token is None:
            raise login_unavailable(page_request, page, "there is no login form for user name and password at /login/")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{server.origin}{server.root}/login/",  # Airflow requires it over https
        }
        request = server.request("POST", "/login/", headers, self._form(token))
        request.headers.add_cookie(_cookies(page))
        response = yield from context.send(request, repeatable=True)
        if response.status in (302, 303) and not _is_login_page(response.headers.get("Location") or ""):
            self.proof = self.proof or "login"
            return Secret(_cookies(page, response)), None
        if response.status == 429:
            raise too_many_logins(request, response)
        self.proof = None
        if response.status in (200, 302, 303):
            failure: ApiException = UnauthorizedException(
                401,
                "the login form did not accept user name and password",
                request=repr(request),
                hint="check username and password; the account may also be inactive or locked",
            )
            raise mark_refused(failure)
        failure = server.failure(request, response, self)
        if response.status == 400 and "CSRF" in text_of(response):
            failure.hint = LOST_LOGIN_PAGE
        raise mark_refused(failure) if response.status in (401, 403) else failure

    def _form(self, csrf_token: str) -> bytes:
        fields = {"username": self._username, "password": self._password.reveal().value, "csrf_token": csrf_token}
        return urlencode(fields).encode()


class PasswordLogin(Auth):
    """User name and password on Airflow 2, by the method that the server accepts.

    The first call uses Basic. A session is used from the second call on, or as soon as Basic is refused. Without
    sessions, all calls use Basic. Figures: docs/guides/authentication.md.

    Airflow 2.11 responds 403 to a wrong password as well as to a missing permission. The login form tells the two
    apart; it is tried at most once per :data:`REFUSED_SECONDS` for that.

    :param uses_sessions: False to always use Basic.
    """

    def __init__(
        self, username: str, password: Password, uses_sessions: bool = True, shared: SessionFile | None = None
    ) -> None:
        self.name = "user name and password" if uses_sessions else "Basic"
        self.refused: RefusedLogin = RefusedLogin()
        self.is_proven: bool = False
        self._basic = Basic(username, password)
        self._session = SessionLogin(username, password, shared if uses_sessions else None)
        self._active: Auth = self._basic
        self._uses_sessions = uses_sessions
        self._calls = 0
        #: A session exists and may work: a site can have the login form but not the ``session`` backend.
        self._has_session = False
        self._basic_works = False
        self._session_works = False
        self._form_tried = False
        self._form_retry_at = 0.0
        self._form_refusal: ApiException | None = None
        #: A refusal by the form means a wrong password; False once Basic accepted the same password.
        self._form_decides = True
        #: The form's 400 to its own token, until a login succeeds.
        self._lost_page: ApiException | None = None
        #: The last 429 of the form, until a login succeeds.
        self._too_many: ApiException | None = None
        self._is_warned = False

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        self.refused.check(context.clock())
        self._calls += 1
        is_due = self._calls > 1 or self._session.shared is not None
        if self._uses_sessions and is_due and not self._form_tried and context.clock() >= self._form_retry_at:
            child = context.with_half_time() if self._basic_works else context
            yield Exclusive("login", self._try_form(server, child), context.remaining())
            self._warn()
        self._active = self._session if self._has_session else self._basic

    def sign(self, headers: Headers) -> None:
        self._active.sign(headers)

    def accepted(self, request: Request) -> None:
        self.is_proven = True
        self.proof = "call"
        if "Authorization" in request.headers:
            self._basic_works = True
            self._form_decides = self._form_decides and self._form_refusal is None
        else:
            self._session_works = True
            self._session.accepted(request)

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        if "Authorization" in request.headers:
            return (yield from self._after_basic(request, response, server, context))
        is_known = self._session_works or self._session.is_stored
        try:
            if is_known and (yield from self._session.renew(request, response, server, context)):
                return True
        except ApiException as error:
            if error.status != 429:
                self.refused.remember(error, context.clock())
                raise
            self._too_many, self._form_retry_at = copy(error), context.clock() + TOO_MANY_SECONDS
            self._has_session = self._form_tried = False
            self._active = self._basic
            return True
        if is_known and response.status == 403:
            self.proof = self.proof or self._session.proof
            return False  # a missing permission
        if self._basic_works or response.status == 401:
            self._has_session = False
            self._session.forget(server)
        self._active = self._basic
        return True

    def _after_basic(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """Switch to a session after Basic was refused, or find out whether the password is wrong."""
        if self._form_decides:
            yield Exclusive("login", self._try_form(server, context, again=True), context.remaining())
        if self._has_session and not self._basic_works:
            self._active = self._session
            return True
        if self._too_many is not None and not self._basic_works:
            self.refused.remember(self._too_many, context.clock())
            raise copy(self._too_many)
        if self._lost_page is not None and not self._basic_works:
            raise copy(self._lost_page)
        cause = self._form_refusal if self._form_decides else None
        if cause is not None:
            self.proof = None
        failure = server.failure(request, response, self)
        # A 401 without Airflow's error comes from a proxy, and may be temporary.
        if cause is not None or (response.status == 401 and failure.error is not None):
            self.refused.remember(mark_refused(failure), context.clock())
            raise failure from cause
        return False

    def _try_form(self, server: Server, context: CallContext, again: bool = False) -> Flow[None]:
        """Log in by the form, if there is one. The caller holds the login lock.

        :param again: try it even if it was tried before.
        """
        if context.clock() < self._form_retry_at or (self._form_tried and not again):
            return
        try:
            yield from self._session.log_in(server, context)
            self._has_session, self._form_refusal = self._uses_sessions, None
            self._too_many = self._lost_page = None
            if not self._session.is_stored:
                self.is_proven, self.proof = True, self.proof or "login"
        except TransportException:
            self._form_retry_at = context.clock() + _FORM_RETRY_DELAY
            return
        except ApiException as error:
            if error.status == 429:  # the next time is another
                self._too_many, self._form_retry_at = copy(error), context.clock() + TOO_MANY_SECONDS
                return
            self._form_refusal = error if isinstance(error, UnauthorizedException) else None
            self._lost_page = error if error.hint == LOST_LOGIN_PAGE else None
        self._form_tried = True
        self._form_retry_at = context.clock() + REFUSED_SECONDS

    def _warn(self) -> None:
        """Say once that all calls go by Basic, as the form refuses further logins."""
        if self._too_many is None or self._has_session or not self._basic_works or self._is_warned:
            return
        self._is_warned = True
        warnings.warn(
            "Airflow's login form refused a login (429), so calls go by Basic, where the server hashes the password at "
            f"each: that can take five times as long. To avoid it: {TOO_MANY_LOGINS}",
            LoginWarning,
            stacklevel=2,
        )


def _csrf_token(page: Response) -> str | None:
    """Return the login form's CSRF token, or None if the page has no such form."""
    if page.status != 200:
        return None
    text = text_of(page)
    for field in re.findall(r"<input\b[^<>]*>", text):
        if re.search(r"\bname=[\"']?csrf_token\b", field):
            value = re.search(r"\bvalue=\"([^\"]*)\"|\bvalue='([^']*)'", field)
            if value and 'name="password"' in text:
                return html.unescape(value[1] or value[2] or "")
    return None


def _is_login_page(location: str) -> bool:
    try:
        return urlsplit(location).path.rstrip("/").endswith("/login")
    except ValueError:  # not a URL
        return True


def _cookies(*responses: Response) -> str:
    """Return the Cookie header for all cookies that ``responses`` set, including a load balancer's."""
    cookies: dict[str, str] = {}
    for response in responses:
        # Set-Cookie headers are joined by commas, which the dates of Expires also have.
        for cookie in _COOKIE_SEPARATOR.split(response.headers.get("Set-Cookie") or ""):
            pair, name = cookie.partition(";")[0].strip(), cookie.partition("=")[0].strip()
            if "=" not in pair:
                continue
            cookies.pop(name, None)
            if not _DELETED_COOKIE.search(cookie):
                cookies[name] = pair
    return "; ".join(cookies.values())
