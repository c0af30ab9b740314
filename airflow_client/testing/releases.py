"""The releases of Airflow that an embedded server answers as, put together from their parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

from airflow_client.testing.api_v1 import FLAVOURS, ApiV1
from airflow_client.testing.api_v2 import FLAVOURS_V2, ApiV2
from airflow_client.testing.auth_v1 import AuthV1
from airflow_client.testing.auth_v2 import AuthV2
from airflow_client.testing.dag_runs_v2 import DagRunsV2
from airflow_client.testing.gunicorn import Gunicorn
from airflow_client.testing.http1 import Manners
from airflow_client.testing.serialization import serialize_v2
from airflow_client.testing.sessions import Sessions
from airflow_client.testing.store import Store
from airflow_client.testing.task_instances_v2 import TaskInstancesV2
from airflow_client.testing.tokens import Tokens
from airflow_client.testing.users import Users
from airflow_client.testing.uvicorn import Uvicorn
from airflow_client.testing.web_v1 import WebV1
from airflow_client.testing.xcoms_v2 import XComsV2

VERSIONS = (*FLAVOURS, *FLAVOURS_V2)
#: What ``auth`` may be; the first is the default.
_AUTHS_V1 = ("basic", "session", "basic,session")
_AUTHS_V2 = ("simple", "fab")


@dataclass(frozen=True)
class Settings:
    """How a server is configured: its site's limits, its ``auth``, how long its tokens last."""

    auth: str
    maximum_page_limit: int
    deserialize_support: bool
    token_lifetime: float


class Credentials:
    """What a server has given to those who logged in."""

    def __init__(self, users: Users, version: str, settings: Settings) -> None:
        self.sessions: Sessions = Sessions()
        self.tokens: Tokens = Tokens(
            users,
            numbered=settings.auth == "fab",
            lifetime=settings.token_lifetime,
            old=version in FLAVOURS_V2 and FLAVOURS_V2[version].old,
        )


def auths(version: str) -> tuple[str, ...]:
    """Give what ``auth`` may be for a release; the first is the default."""
    return _AUTHS_V2 if version in FLAVOURS_V2 else _AUTHS_V1


def prefix(version: str) -> str:
    """Give the path of a release's API."""
    return "/api/v2" if version in FLAVOURS_V2 else "/api/v1"


def serializer(version: str) -> Callable[[object], str]:
    """Give what makes the JSON that a release stores for a pushed value."""
    return FLAVOURS_V2[version].serialize if version in FLAVOURS_V2 else serialize_v2


def manners(version: str) -> Manners:
    """Give the manners of the server of HTTP that a release runs on."""
    return Uvicorn(silent=FLAVOURS_V2[version].old) if version in FLAVOURS_V2 else Gunicorn()


def build(
    version: str, settings: Settings, store: Store, users: Users, credentials: Credentials
) -> Union[ApiV1, ApiV2]:
    """Put a release together.

    Args:
        version: The release.
        settings: How it is configured.
        store: Its XComs.
        users: Who may log in.
        credentials: Who is logged in.
    """
    if version in FLAVOURS_V2:
        later = FLAVOURS_V2[version]
        xcoms = XComsV2(store, maximum_page_limit=settings.maximum_page_limit, old=later.old)
        manager = AuthV2(users, credentials.tokens, fab=settings.auth == "fab", old=later.old)
        runs = DagRunsV2(store, maximum_page_limit=settings.maximum_page_limit, old=later.old)
        return ApiV2(later, xcoms, runs, TaskInstancesV2(store, old=later.old), manager)
    flavour = FLAVOURS[version]
    backends = set(settings.auth.split(","))
    if flavour.public_role:
        backends.add("session")  # with a role for strangers, any backend lets those in who are logged in
    return ApiV1(
        flavour,
        store,
        AuthV1(users, credentials.sessions, backends),
        WebV1(users, credentials.sessions, varies=flavour.varies),
        maximum_page_limit=settings.maximum_page_limit,
        deserialize_support=settings.deserialize_support,
    )
