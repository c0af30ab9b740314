"""The pages of Airflow 2's web interface that a client needs to log in."""

from __future__ import annotations

import html
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from airflow_client.testing import answers_v1 as answers
from airflow_client.testing.http1 import Request, Response
from airflow_client.testing.sessions import CsrfError, Session, Sessions
from airflow_client.testing.users import Users

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


class WebV1:
    """Answers requests for pages.

    Args:
        users: Who may log in.
        sessions: Who is logged in.
        varies: Whether the release says ``Vary: Cookie``, and starts no session for nothing.
    """

    def __init__(self, users: Users, sessions: Sessions, *, varies: bool) -> None:
        self._users = users
        self._sessions = sessions
        self._varies = varies

    def handle(self, request: Request, path: str, query: str) -> Response | None:
        """Answer a request, unless it is for no page of these."""
        if path not in ("/", "/home", "/login", "/login/"):
            return None
        session = self._sessions.find(request)
        about = self.headers(session)
        posts = request.method == "POST" and path.startswith("/login")
        if request.method == "OPTIONS":
            allowed = "GET, HEAD, POST, OPTIONS" if path == "/login/" else "GET, HEAD, OPTIONS"
            return answers.options(allowed, about)
        if request.method not in ("GET", "HEAD") and not posts:
            return answers.method_not_allowed(about)
        host = f"http://{request.headers.get('host', 'localhost')}"
        if path == "/login":
            return answers.redirect("308 PERMANENT REDIRECT", f"{host}/login/", about)
        if path == "/":
            return answers.redirect("302 FOUND", "/home", about)
        if path == "/home":
            if session and session.username is not None:
                return answers.web_page(_HOME, about)
            return answers.redirect("302 FOUND", self._login_url(f"{host}/home"), about)
        if posts:
            return self._log_in(request, session, _wanted(query, host))
        if session and session.username is not None:
            return answers.redirect("302 FOUND", "/", about, fresh=True)
        return self._form(session)

    def session(self, request: Request) -> answers.Headers:
        """Give the headers about the session of a request."""
        return self.headers(self._sessions.find(request))

    def headers(self, session: Session | None) -> answers.Headers:
        """Give the headers about a session: the cookie, that the answer depends on it, or both."""
        if self._varies:
            return [("Vary", "Cookie"), *([answers.cookie(session.cookie)] if session else [])]
        return [answers.cookie(session.cookie if session else self._sessions.new_cookie())]

    def _form(self, session: Session | None) -> Response:
        session = session or self._sessions.start()
        page = _LOGIN.format(token=html.escape(self._sessions.form_token(session)))
        return answers.web_page(page, self.headers(session), fresh=True)

    def _log_in(self, request: Request, session: Session | None, wanted: str | None) -> Response:
        form: dict[str, list[str]] = {}
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            form = parse_qs(request.body.decode("utf-8", "replace"))
        token = form.get("csrf_token", [request.headers.get("x-csrftoken", "")])[0]
        try:
            self._sessions.check_form(session, token)
        except CsrfError as error:
            about = [] if self._varies and session is None else self.headers(session)[::-1]
            return answers.bad_request_page(str(error), about)
        username, password = (form.get(name, [""])[0] for name in ("username", "password"))
        if not (username and password):
            return self._form(session)
        user = self._users.check(username, password)
        if user is None:
            return answers.redirect("302 FOUND", self._login_url(wanted or "/home"), self.headers(session), fresh=True)
        if session:
            self._sessions.end(session)
        about = self.headers(self._sessions.start(user.name))
        return answers.redirect("302 FOUND", wanted or "/home", about, fresh=True)

    def _login_url(self, following: str) -> str:
        return f"/login/?next={following if self._varies else quote(following, safe='')}"


def _wanted(query: str, host: str) -> str | None:
    """Give the page that is wanted after the login, unless it is on another server."""
    following = parse_qs(query).get("next", [""])[0]
    url = urljoin(host, following)
    same = urlsplit(url)[:2] == urlsplit(host)[:2]
    return quote(url, safe=":/?&=%+~").replace("%20", "+") if following and same else None
