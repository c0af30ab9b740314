"""The users of an embedded server, and what their roles allow."""

from __future__ import annotations

from dataclasses import dataclass

#: A role that a site has made of this permission and "can read on DAGs": it may not read DAG runs.
READS_XCOMS = "can read on XComs"
#: Airflow's own roles, and that one; each may do what those before it may.
ROLES = ("Public", READS_XCOMS, "Viewer", "User", "Op", "Admin")


@dataclass(frozen=True)
class User:
    """Someone who may log in."""

    number: int
    name: str
    password: str
    role: str

    def has(self, role: str) -> bool:
        """Tell whether the user has this role, or a mightier one."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Users:
    """The users of a server. Any thread may use it.

    Args:
        case_sensitive: Whether user names differ by upper and lower case alone.
    """

    def __init__(self, *, case_sensitive: bool) -> None:
        self._fold = str if case_sensitive else str.lower
        self._known: dict[str, User] = {}

    def add(self, username: str, password: str, role: str) -> None:
        """Add a user, or change one."""
        known = self._known.get(self._fold(username))
        number = known.number if known else len(self._known) + 1
        self._known[self._fold(username)] = User(number, username, password, role)

    def find(self, username: str) -> User | None:
        """Give the user of this name, or None."""
        return self._known.get(self._fold(username))

    def numbered(self, number: int) -> User | None:
        """Give the user who was added as the first, second …, or None."""
        return next((user for user in list(self._known.values()) if user.number == number), None)

    def check(self, username: str, password: str) -> User | None:
        """Give the user whom this password proves, or None; an empty password proves nobody."""
        user = self.find(username)
        return user if user and password and user.password == password else None
