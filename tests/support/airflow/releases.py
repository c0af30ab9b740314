"""The differences between Airflow releases, all of them in ``RELEASES``."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Callable, Optional

HERE = Path(__file__).resolve().parent

#: The only variables that an Airflow process inherits: none configures Airflow, Python or a proxy.
INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")

#: Signs the session cookies; no secret: the servers are on loopback, with sample data.
SECRET_KEY = "contract-suite-" * 4
#: Signs Airflow 3's tokens (HS512 needs 64 bytes); a test can make any token with it.
JWT_SECRET = "contract-suite-jwt-" * 4

#: name -> role in Airflow 3's simple auth manager, of the users in ``tests/contract/dataset.py``, where their passwords
#: are. A user without a role may do nothing.
SIMPLE_ROLES = {"admin": "admin", "viewer": "viewer", "nobody": "", "odd": "admin"}

_BACKENDS_2 = {
    "basic": "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth",
    "session": "airflow.api.auth.backend.session",
    "deny_all": "airflow.api.auth.backend.deny_all",
}
#: Up to 2.8, FAB is a part of Airflow.
_BACKENDS_2_8 = {**_BACKENDS_2, "basic": "airflow.api.auth.backend.basic_auth"}


@dataclasses.dataclass(frozen=True)
class Scheduler:
    """How a release runs what is triggered.

    :ivar commands: the commands of ``airflow`` to run beside the server.
    :ivar environment: (the folder of the DAGs, the URL of the server) -> environment of the server and the commands.
    :ivar warm_up_path: a path of the API for tasks, which is made at its first request; that takes seconds.
    """

    commands: Sequence[Sequence[str]]
    environment: Callable[[Path, str], dict[str, str]]
    warm_up_path: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Release:
    """One version of Airflow that the suite can start."""

    version: str
    #: Minor versions of Python that work with the lock, the preferred one first.
    pythons: Sequence[str]
    #: The script that creates the database, run by the Python of the release.
    prepare: Path
    #: The path of the REST API below the server's root.
    api_root: str
    #: Returns 200 without a login once the server is up.
    health_path: str
    #: Returns the version without a login.
    version_path: str
    #: Requested once at the start, so that the first test does not wait for lazy imports.
    warm_up_path: str
    #: (AIRFLOW_HOME, the folder of the DAGs and of ``dataset``) -> environment.
    environment: Callable[[Path, Path], dict[str, str]]
    #: The argument of ``auth_environment`` by default.
    default_auth: str
    #: The way to log in -> environment; ValueError if the release does not have it.
    auth_environment: Callable[[str], dict[str, str]]
    #: The number of the listening socket -> the arguments of Python that start the server.
    command: Callable[[int], list[str]]
    #: The variable with the server's URL, for a URL with a path.
    base_url_variable: str
    #: The path of the token login, if requests need a token.
    token_path: Optional[str] = None
    #: None if the suite starts no scheduler of the release.
    scheduler: Optional[Scheduler] = None

    @property
    def lock(self) -> Path:
        return HERE / "locks" / f"airflow-{self.version}.txt"


def base_environment(home: Path, inputs: Path) -> dict[str, str]:
    """Return the environment of every Airflow process; with its own home, it does not use ``~/airflow``."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    env.update(
        HOME=str(home),
        LC_ALL="C.UTF-8",
        TZ="UTC",
        NO_PROXY="*",
        no_proxy="*",
        DO_NOT_TRACK="1",
        SCARF_ANALYTICS="false",
        PYTHONPATH=str(inputs),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUNBUFFERED="1",
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(inputs),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(home / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__FERNET_KEY="",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home / 'airflow.db'}",
        AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS="False",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    )
    return env


def _environment_2(home: Path, inputs: Path) -> dict[str, str]:
    return {
        **base_environment(home, inputs),
        "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor",
        "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",  # the database has them; syncing costs seconds
        "AIRFLOW__WEBSERVER__UPDATE_FAB_PERMS": "False",  # its name up to 2.8
        "AIRFLOW__WEBSERVER__AUTH_RATE_LIMITED": "False",  # Airflow 2.6 reads it here
        "AIRFLOW__WEBSERVER__AUTH_RATE_LIMIT": "1000 per 1 second",
        "AIRFLOW__METRICS__TIMER_UNIT_CONSISTENCY": "True",
        "AIRFLOW__WEBSERVER__SECRET_KEY": SECRET_KEY,
        "AIRFLOW__WEBSERVER__CONFIG_FILE": str(HERE / "webserver_config.py"),
        "AIRFLOW__WEBSERVER__WARN_DEPLOYMENT_EXPOSURE": "False",
    }


def _auth_environment_2(modules: Mapping[str, str], backends: str) -> dict[str, str]:
    names = [name.strip() for name in backends.split(",")]
    unknown = [name for name in names if name not in modules and "." not in name]
    if unknown:
        raise ValueError(f"unknown auth backends {unknown}; there are {sorted(modules)}")
    return {"AIRFLOW__API__AUTH_BACKENDS": ",".join(modules.get(name, name) for name in names)}


#: Without its server of logs, whose port is always the same; the API server finds the files.
_SCHEDULER = ["scheduler", "--skip-serve-logs"]
#: Read the DAGs once, look for work all the time, and run four tasks at once.
_FAST_SCHEDULER = {
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
    "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "3600",
    "AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "3600",
    "AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
}


def _scheduler_environment_2(inputs: Path, base_url: str) -> dict[str, str]:
    settings = {
        "AIRFLOW__CORE__EXECUTOR": "preloading_executor.PreloadingExecutor",
        "PYTHONPATH": f"{inputs}:{HERE / 'executors'}",
        # With SQLite, which locks no rows, a task that the last one and the scheduler schedule has try number 2.
        "AIRFLOW__SCHEDULER__SCHEDULE_AFTER_TASK_EXECUTION": "False",
    }
    return {**_FAST_SCHEDULER, **settings}


def _scheduler_environment_3(inputs: Path, base_url: str) -> dict[str, str]:
    settings = {
        "AIRFLOW_API_APPS": "all",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # a look at whether the task has ended
    }
    return {**_FAST_SCHEDULER, **settings}


def _command_2(listener: int) -> list[str]:
    """Use threads: the default ``sync`` worker closes the connection after each response.

    gunicorn 25.2 can overlook a request on an idle connection until ``--keep-alive`` seconds are over.
    """
    options = "--workers 1 --worker-class gthread --threads 8 --keep-alive 2 --timeout 120"
    bind = ["--bind", f"fd://{listener}"]
    return ["-m", "gunicorn", *options.split(), *bind, "airflow.www.app:cached_app()"]


def _airflow_2(version: str, pythons: Sequence[str] = ("3.11", "3.10", "3.12")) -> Release:
    has_fab_provider = tuple(map(int, version.split("."))) >= (2, 9)
    return Release(
        version=version,
        pythons=pythons,
        prepare=HERE / "prepare_airflow_2.py",
        api_root="/api/v1",
        health_path="/api/v1/health",
        version_path="/api/v1/version",
        warm_up_path="/api/v1/dags/contract/dagRuns/~/taskInstances/~/xcomEntries?limit=1",
        environment=_environment_2,
        default_auth="basic",
        auth_environment=partial(_auth_environment_2, _BACKENDS_2 if has_fab_provider else _BACKENDS_2_8),
        command=_command_2,
        base_url_variable="AIRFLOW__WEBSERVER__BASE_URL",
        scheduler=Scheduler([_SCHEDULER], _scheduler_environment_2) if version == "2.11.2" else None,
    )


_MANAGERS_3 = {
    "simple": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "fab": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}


def _environment_3(home: Path, inputs: Path, prepared_with: str) -> dict[str, str]:
    """Create the database with FAB if possible: the simple auth manager needs no tables, and can use it too."""
    passwords = inputs / "passwords.json"  # written with the database
    return {
        **base_environment(home, inputs),
        "AIRFLOW_API_APPS": "core",  # without the execution API
        "AIRFLOW__API__SECRET_KEY": SECRET_KEY,
        "AIRFLOW__API_AUTH__JWT_SECRET": JWT_SECRET,
        "AIRFLOW__CORE__AUTH_MANAGER": _MANAGERS_3[prepared_with],
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in SIMPLE_ROLES.items()),
        "AIRFLOW__FAB__UPDATE_FAB_PERMS": "False",  # the database has them; syncing costs seconds
    }


_SCHEDULER_3 = Scheduler([_SCHEDULER, ["dag-processor"]], _scheduler_environment_3, "/execution/health")


def _command_3(listener: int) -> list[str]:
    return [str(HERE / "serve_airflow_3.py"), str(listener)]


def _airflow_3(version: str, pythons: Sequence[str], managers: Sequence[str]) -> Release:
    """``managers``: the first is the default; the last creates the database."""

    def auth_environment(name: str) -> dict[str, str]:
        if name not in managers:
            raise ValueError(f"no auth {name!r} in Airflow {version} here; there are {', '.join(managers)}")
        return {"AIRFLOW__CORE__AUTH_MANAGER": _MANAGERS_3[name]}

    return Release(
        version=version,
        pythons=pythons,
        prepare=HERE / "prepare_airflow_3.py",
        api_root="/api/v2",
        health_path="/api/v2/monitor/health",
        version_path="/api/v2/version",
        warm_up_path="/api/v2/dags/contract/dagRuns/~/taskInstances/~/xcomEntries?limit=1",
        environment=lambda home, inputs: _environment_3(home, inputs, managers[-1]),
        default_auth=managers[0],
        auth_environment=auth_environment,
        command=_command_3,
        base_url_variable="AIRFLOW__API__BASE_URL",
        token_path="/auth/token",
        scheduler=_SCHEDULER_3 if version == "3.3.2" else None,
    )


RELEASES: Mapping[str, Release] = {
    "2.4.3": _airflow_2("2.4.3", ("3.9", "3.10")),
    "2.6.3": _airflow_2("2.6.3", ("3.10", "3.9")),
    "2.7.3": _airflow_2("2.7.3", ("3.10", "3.11", "3.9")),
    "2.8.4": _airflow_2("2.8.4"),
    "2.9.3": _airflow_2("2.9.3"),
    "2.10.5": _airflow_2("2.10.5"),
    "2.11.2": _airflow_2("2.11.2"),
    "3.0.6": _airflow_3("3.0.6", ("3.11", "3.12", "3.10"), ["simple"]),
    "3.1.8": _airflow_3("3.1.8", ("3.11", "3.12", "3.13"), ["simple"]),
    "3.2.2": _airflow_3("3.2.2", ("3.11", "3.12", "3.13"), ["simple"]),
    "3.3.2": _airflow_3("3.3.2", ("3.11", "3.12", "3.13"), ["simple", "fab"]),
}
