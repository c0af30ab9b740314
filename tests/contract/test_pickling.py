"""A real Airflow 2 with ``[core] enable_xcom_pickling``: it sends text whatever a request says.

The embedded server has no such setting, so this test needs a real one.
"""

from __future__ import annotations

import contextlib

import pytest

from airflow_client.xcom import ApiClient, Configuration, XComApi
from tests.contract.expected import KINDS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by the releases that the marker names and the command line requests."""
    marker = metafunc.definition.get_closest_marker("airflow")
    assert marker is not None
    requested = metafunc.config.getoption("--airflow")
    metafunc.parametrize("version", [version for version in marker.args if version in requested])


@pytest.mark.airflow("2.11.2")
def test_nothing_claims_json(version: str) -> None:
    from tests.support.airflow.server import NoSuitablePython, running_airflow

    with contextlib.ExitStack() as stack:
        try:
            airflow = stack.enter_context(running_airflow(version, env={"AIRFLOW__CORE__ENABLE_XCOM_PICKLING": "True"}))
        except NoSuitablePython as error:
            pytest.skip(str(error))
        configuration = Configuration(host=airflow.base_url, username="admin", password="admin-pw", stringify=False)
        api = XComApi(stack.enter_context(ApiClient(configuration)))
        assert api.get_xcom_entry(*KINDS, "int").value == "42"
        assert api.wait_for_xcom_entry(*KINDS, "int", timeout=10).value == "42"
        xcoms = api.iter_xcoms(*KINDS, xcom_key="int")
        assert [xcom.value for xcom in xcoms] == ["42"]
        assert xcoms.counts.stringified is None
