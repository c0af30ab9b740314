"""Users and the permissions of their roles."""

from __future__ import annotations

from dataclasses import dataclass

#: Role of a site's own, with this permission and "can read on DAGs", but not on DAG runs.
READS_XCOMS = "can read on XComs"
#: Airflow's own roles and that one; each has the permissions of those before it.
ROLES = ("Public", READS_XCOMS, "Viewer", "User", "Op", "Admin")


@dataclass(frozen=True)
class User:
    """User who may log in."""

    id: int
    name: str
    password: str
    role: str

    def has(self, role: str) -> bool:
        """Return whether the user has the permissions of a role."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Users:
    """Users of a server. Any thread may use it.

    :param case_sensitive: whether "Ada" and "ada" are two users.
    """

    def __init__(self, *, case_sensitive: bool) -> None:
        self._normalize = str if case_sensitive else str.lower
        self._users: dict[str, User] = {}

    def add(self, username: str, password: str, role: str) -> None:
        """Add or change a user."""
        known = self.find(username)
        user_id = known.id if known else len(self._users) + 1
        self._users[self._normalize(username)] = User(user_id, username, password, role)

    def clear(self) -> None:
        """Remove all users."""
        self._users.clear()

    def find(self, username: str) -> User | None:
        """Return the user with a name, or None."""
        return self._users.get(self._normalize(username))

    def find_by_id(self, user_id: int) -> User | None:
        """Return the user with an id, or None."""
        return next((user for user in list(self._users.values()) if user.id == user_id), None)

    def authenticate(self, username: str, password: str) -> User | None:
        """Return the user with a name and a password, or None; an empty password is never right."""
        user = self.find(username)
        return user if user and password and user.password == password else None
