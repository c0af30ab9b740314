"""Ways to log in on Airflow 2: Basic, and a session of its web pages."""

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
    RefusedLogin,
    not_a_login,
    refusal,
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
    from airflow_client.xcom.core.session_file import SessionFile
    from airflow_client.xcom.headers import Headers

#: Seconds until a login that was not answered is tried again, by a client that can do without it.
_PAUSE = 30.0
#: What is between two cookies of a header that was joined.
_COOKIE = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
#: A cookie that is deleted, by its attributes (RFC 6265, 3.1).
_DELETED = re.compile(r"(?i);\s*(max-age=(0|-\d+)\s*(;|$)|expires=[^;]*\b1970\b)")


class SessionLogin(CachedCredentials):
    """A session of Airflow 2's web pages: the login form with its CSRF token, then the cookie with each call.

    It works where Basic is refused, as in Airflow 2's default configuration, and it is the fast way: the server hashes
    the password once, not with each request.
    """

    name = "session login"
    header = "Cookie"
    kind = "session"

    def __init__(self, username: str, password: Secret[str], shared: SessionFile | None = None) -> None:
        super().__init__(username, shared)
        self._password = password

    def sign(self, headers: Headers) -> None:
        headers.add_cookie(self._value.value if self._value else "")

    def _has_run_out(self, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        # Airflow 2.11 answers 403 both to a session that has ended and to a user who may not read. The login page
        # tells them apart: it sends somebody who is logged in away.
        request = server.request("GET", "/login/")
        self.sign(request.headers)
        page = yield from context.send(request)
        if page.status != 200:
            self.proof = self.proof or "login"
        return page.status == 200

    def _obtain(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        page_request = server.request("GET", "/login/")
        page = yield from context.send(page_request)
        if page.status == 429:
            raise too_many_logins(page_request, page)
        if page.status >= 500:
            raise server.failure(page_request, page, self)
        token = _csrf_token(page)
        if token is None:
            raise not_a_login(page_request, page, "there is no login form for user name and password at /login/")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{server.origin}{server.root}/login/",  # over https Airflow refuses a form without it
        }
        request = server.request("POST", "/login/", headers, self._form(token))
        request.headers.add_cookie(_cookies(page))
        response = yield from context.send(request, repeatable=True)
        if response.status in (302, 303) and not _leads_to_login(response.headers.get("Location") or ""):
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
                hint="check username and password; an account can also be inactive or locked",
            )
            raise refusal(failure)
        failure = server.failure(request, response, self)
        raise refusal(failure) if response.status in (401, 403) else failure

    def _form(self, csrf_token: str) -> bytes:
        fields = {"username": self._username, "password": self._password.value, "csrf_token": csrf_token}
        return urlencode(fields).encode()


class PasswordLogin(Auth):
    """User name and password on Airflow 2, as its configuration allows.

    The first call goes by Basic; from the second on, or as soon as Basic is refused, a session is used; where there
    are no sessions to be had, Basic throughout. Figures: docs/authentication.md.

    Airflow 2.11 answers 403 both to a wrong password and to a user who may not read. The login form tells them apart;
    it is asked for that once in :data:`REFUSED_SECONDS`.

    :param uses_sessions: False for Basic throughout.
    """

    def __init__(
        self, username: str, password: Secret[str], uses_sessions: bool = True, shared: SessionFile | None = None
    ) -> None:
        self.name = "user name and password" if uses_sessions else "Basic"
        self.refused: RefusedLogin = RefusedLogin()
        self.is_proven: bool = False
        self._basic = Basic(username, password)
        self._session = SessionLogin(username, password, shared if uses_sessions else None)
        self._way: Auth = self._basic
        self._uses_sessions = uses_sessions
        self._calls = 0
        #: Logged in, and not known to be of no use: a site can have the login form and yet no ``session`` backend.
        self._has_session = False
        self._basic_works = False
        self._session_works = False
        #: What is known of the login form: whether it was asked, when it may be asked again, how it refused the
        #: password, and whether that means that the password is wrong: not where Basic takes it all the same.
        self._form_asked = False
        self._form_next = 0.0
        self._form_refusal: ApiException | None = None
        self._form_judges = True
        #: The last 429 of the form, until a login succeeds.
        self._too_many: ApiException | None = None
        self._is_warned = False

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        self.refused.check(context.clock())
        self._calls += 1
        is_due = self._calls > 1 or self._session.shared is not None
        if self._uses_sessions and is_due and not self._form_asked and context.clock() >= self._form_next:
            part = context.with_half_time() if self._basic_works else context
            yield Exclusive("login", self._ask_form(server, part), context.left())
            if part is not context:
                context.attempts += part.attempts
            self._warn()
        self._way = self._session if self._has_session else self._basic

    def sign(self, headers: Headers) -> None:
        self._way.sign(headers)

    def accepted(self, request: Request) -> None:
        self.is_proven = True
        self.proof = "call"
        if "Authorization" in request.headers:
            self._basic_works = True
            self._form_judges = self._form_judges and self._form_refusal is None
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
                self._note(error, context)
                raise
            self._too_many, self._form_next = copy(error), context.clock() + TOO_MANY_SECONDS
            self._has_session = self._form_asked = False
            self._way = self._basic
            return True
        if is_known and response.status == 403:
            self.proof = self.proof or self._session.proof
            return False  # the user may not do this
        if self._basic_works or response.status == 401:
            self._has_session = False
            self._session.forget(server)
        self._way = self._basic
        return True

    def _after_basic(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """After ``response`` refused Basic: use a session, or find out whether it is the password that is wrong."""
        if self._form_judges:
            yield Exclusive("login", self._ask_form(server, context, again=True), context.left())
        if self._has_session and not self._basic_works:
            self._way = self._session
            return True
        if self._too_many is not None and not self._basic_works:
            self._note(self._too_many, context)
            raise copy(self._too_many)
        cause = self._form_refusal if self._form_judges else None
        if cause is not None:
            self.proof = None
        failure = server.failure(request, response, self)
        # A 401 without Airflow's own words is that of a front, which may be passing.
        if cause is not None or (response.status == 401 and failure.error is not None):
            self._note(refusal(failure), context)
            raise failure from cause
        return False

    def _ask_form(self, server: Server, context: CallContext, again: bool = False) -> Flow[None]:
        """Log in by the form, if there is one; the caller is alone.

        :param again: ask it also where it was asked before, but not more often than each :data:`REFUSED_SECONDS`.
        """
        if context.clock() < self._form_next or (self._form_asked and not again):
            return
        try:
            yield from self._session.log_in(server, context)
            self._has_session, self._form_refusal = self._uses_sessions, None
            self._too_many = None
            if not self._session.is_stored:
                self.is_proven, self.proof = True, self.proof or "login"
        except TransportException:
            self._form_next = context.clock() + _PAUSE
            return  # that says nothing: another call may fare better
        except ApiException as error:
            if error.status == 429:  # the next time is another
                self._too_many, self._form_next = copy(error), context.clock() + TOO_MANY_SECONDS
                return
            self._form_refusal = error if isinstance(error, UnauthorizedException) else None
        self._form_asked = True
        self._form_next = context.clock() + REFUSED_SECONDS

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

    def _note(self, error: ApiException, context: CallContext) -> None:
        if error.is_login_refusal:
            self.refused.remember(error, context.clock())


def _csrf_token(page: Response) -> str | None:
    """The CSRF token of the login form, None when the page has no such form."""
    if page.status != 200:
        return None
    text = text_of(page)
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


def _cookies(*responses: Response) -> str:
    """The cookies that ``responses`` set one after the other, a load balancer's included, for a Cookie header."""
    cookies: dict[str, str] = {}
    for response in responses:
        # Several Set-Cookie headers arrive joined by commas, and so does the date of an Expires.
        for cookie in _COOKIE.split(response.headers.get("Set-Cookie") or ""):
            pair, name = cookie.partition(";")[0].strip(), cookie.partition("=")[0].strip()
            if "=" not in pair:
                continue
            cookies.pop(name, None)
            if not _DELETED.search(cookie):
                cookies[name] = pair
    return "; ".join(cookies.values())
