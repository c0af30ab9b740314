"""Pages of Airflow 2's web interface that a client needs to log in."""

from __future__ import annotations

import html
from urllib.parse import parse_qs, quote, urljoin

from airflow_client.testing.airflow2 import responses
from airflow_client.testing.airflow2.auth import CsrfError, Session, Sessions
from airflow_client.testing.application import Headers, Request, Response
from airflow_client.testing.users import READS_XCOMS, Users

_LOGIN = """<!DOCTYPE html>
<html>
  <head>
    <title>Sign In - Airflow</title>
  </head>
  <body>
    <form class="form" action="" method="post" name="login">
      <input id="csrf_token" name="csrf_token" type="hidden" value="{token}">
      <input autocomplete="username" id="username" name="username" required type="text" value="">
      <input autocomplete="current-password" id="password" name="password" required type="password" value="">
      <input type="submit" value="Sign In">
    </form>
    <script>
      var csrfToken = '{token}';
    </script>
  </body>
</html>
"""
_HOME = "<!DOCTYPE html>\n<html>\n  <head>\n    <title>DAGs - Airflow</title>\n  </head>\n  <body></body>\n</html>\n"
_FORM = "application/x-www-form-urlencoded"


class WebInterface:
    """Login form and home page."""

    def __init__(self, users: Users, sessions: Sessions, *, varies_by_cookie: bool) -> None:
        self._users = users
        self._sessions = sessions
        self._varies_by_cookie = varies_by_cookie

    def respond(self, request: Request, path: str) -> Response:
        """Answer a request for a path outside the API."""
        session = self._sessions.find(request)
        cookies = self._cookies(session)
        if path not in ("/", "/home", "/login", "/login/"):
            return responses.error_page(404, "Page cannot be found.", cookies)
        if request.method == "OPTIONS" and path != "/login":
            return responses.options(*(["POST"] if path == "/login/" else []), headers=cookies)
        posts = request.method == "POST" and path.startswith("/login")
        if request.method not in ("GET", "HEAD") and not posts:
            return responses.error_page(405, "Received an invalid request.", cookies)
        if path == "/login":
            return responses.redirect(308, f"{request.origin}/login/", cookies)
        if path == "/":
            return responses.redirect(302, "/home", cookies)
        logged_in = session is not None and session.username is not None
        if path == "/home":
            user = self._users.find(session.username) if session and session.username is not None else None
            if user and user.has(READS_XCOMS):
                return responses.web_page(_HOME, cookies)
            if user:
                return responses.no_permission(cookies)
            return responses.redirect(302, self._login_url(f"{request.origin}/home"), cookies)
        if posts:
            return self._log_in(request, session)
        if logged_in:
            return responses.redirect(302, "/", cookies, cached=False)
        return self._login_form(session)

    def cookies(self, request: Request) -> Headers:
        """Return the headers about the session of a request."""
        return self._cookies(self._sessions.find(request))

    def _cookies(self, session: Session | None) -> Headers:
        if self._varies_by_cookie:
            return [("Vary", "Cookie"), *([responses.set_cookie(session.cookie)] if session else [])]
        return [responses.set_cookie(session.cookie if session else self._sessions.new_cookie())]

    def _login_form(self, session: Session | None) -> Response:
        session = session or self._sessions.create()
        page = _LOGIN.format(token=html.escape(self._sessions.csrf_token(session)))
        return responses.web_page(page, self._cookies(session), cached=False)

    def _log_in(self, request: Request, session: Session | None) -> Response:
        form = parse_qs(request.body.decode("utf-8", "replace")) if request.media_type() == _FORM else {}
        csrf_token, username, password = (form.get(name, [""])[0] for name in ("csrf_token", "username", "password"))
        try:
            self._sessions.check_csrf_token(session, csrf_token)
        except CsrfError as error:
            cookies = [] if self._varies_by_cookie and session is None else self._cookies(session)
            return responses.csrf_error_page(str(error), cookies)
        if not (username and password):
            return self._login_form(session)
        user = self._users.authenticate(username, password)
        if user is None:
            return responses.redirect(302, self._login_url("/home"), self._cookies(session), cached=False)
        if session:
            self._sessions.end(session)
        cookies = self._cookies(self._sessions.create(user.name))
        return responses.redirect(302, _next_url(request) or "/home", cookies, cached=False)

    def _login_url(self, next_url: str) -> str:
        return f"/login/?next={next_url if self._varies_by_cookie else quote(next_url, safe='')}"


def _next_url(request: Request) -> str:
    """Return the URL on this server to which a login redirects; empty without one."""
    host = f"{request.origin}/"
    url = parse_qs(request.query).get("next", [""])[0]
    target = urljoin(host, url)
    return target if url and target.startswith(host) else ""
