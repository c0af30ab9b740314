"""Releases of Airflow that an embedded server can answer as."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from airflow_client.testing.airflow2.api import TRAITS, Airflow2
from airflow_client.testing.airflow2.responses import GUNICORN
from airflow_client.testing.airflow3.api import GIT_VERSIONS, Airflow3
from airflow_client.testing.airflow3.responses import UVICORN
from airflow_client.testing.application import Application, ServerProfile, Settings
from airflow_client.testing.serialization import serialize_2, serialize_3
from airflow_client.testing.since import numbers
from airflow_client.testing.store import Store
from airflow_client.testing.users import Users


@dataclass(frozen=True)
class Release:
    """One release of Airflow.

    :ivar prefix: path of its API.
    :ivar auths: possible values of ``auth``; the first is the default.
    :ivar serialize: returns the JSON text that it stores for a pushed value.
    :ivar profile: traits of its HTTP server.
    :ivar application: makes the application that answers as this release.
    """

    prefix: str
    auths: tuple[str, ...]
    serialize: Callable[[object], str]
    profile: ServerProfile
    application: Callable[[Store, Users, Settings], Application]


def _airflow_2(version: str) -> Release:
    auths = ("basic", "session", "basic,session")
    serialize = partial(serialize_2, release=numbers(version))
    return Release("/api/v1", auths, serialize, GUNICORN, partial(Airflow2, version))


def _airflow_3(version: str) -> Release:
    serialize = partial(serialize_3, release=numbers(version))
    return Release("/api/v2", ("simple", "fab"), serialize, UVICORN, partial(Airflow3, version))


RELEASES = {version: _airflow_2(version) for version in TRAITS}
RELEASES.update((version, _airflow_3(version)) for version in GIT_VERSIONS)


def newest(version: str) -> str:
    """Return the newest known release that a version, such as "3.3", stands for; "3.3.2" stands for itself.

    :raises ValueError: no release is known.
    """
    known = [release for release in RELEASES if release == version or release.startswith(f"{version}.")]
    if not known:
        raise ValueError(f"version must be one of {', '.join(sorted(RELEASES, key=_parts))}, not {version!r}")
    return max(known, key=_parts)


def nearest(version: str) -> str:
    """Return the known release that resembles a real server's most: one of the same major version."""
    parts = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return min(RELEASES, key=lambda release: [abs(one - other) for one, other in zip(_parts(release), parts)])


def _parts(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]
