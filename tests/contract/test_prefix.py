"""A real Airflow below a path, as behind a proxy of several: the API, the login form and the tokens are there.

The embedded server has no such path, so these tests need a real one: one for each way to log in that has a path.
"""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import pytest

from airflow_client.xcom import ApiClient, Configuration, UnexpectedContentException, XComApi
from tests.contract.expected import KINDS

PREFIX = "/team-a/airflow"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by the servers that the marker names and the command line requests."""
    marker = metafunc.definition.get_closest_marker("airflow")
    assert marker is not None
    requested = metafunc.config.getoption("--airflow")
    metafunc.parametrize("flavour", [flavour for flavour in marker.args if flavour in requested])


def read(host: str) -> tuple[str, int]:
    with ApiClient(Configuration(host=host, username="admin", password="admin-pw")) as client:
        api = XComApi(client)
        return api.get_xcom_entry(*KINDS, "str").value, len(api.get_xcom_entries(*KINDS, limit=1).xcom_entries)


@pytest.mark.airflow("2.11.2-session", "3.3.2")
def test_an_airflow_below_a_path_is_found(flavour: str) -> None:
    from tests.support.airflow.server import NoSuitablePython, running_airflow

    version, _, auth = flavour.partition("-")
    with contextlib.ExitStack() as stack:
        try:
            airflow = stack.enter_context(running_airflow(version, auth=auth or None, prefix=PREFIX))
        except NoSuitablePython as error:
            pytest.skip(str(error))
        assert urlsplit(airflow.base_url).path == PREFIX
        for host in (airflow.base_url, airflow.base_url + "/", airflow.host):
            assert read(host) == ("hello", 1)
        with pytest.raises(UnexpectedContentException):
            read(airflow.base_url[: -len(PREFIX)])
