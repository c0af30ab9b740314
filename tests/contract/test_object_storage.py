"""Values that a real Airflow's XCom backend keeps in files: only real servers are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_client.xcom import Configuration, StoredValueException
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.storage_roots import find
from tests.contract import clients
from tests.support.airflow.stored import stored_dataset
from tests.support.cases import all_cases

RUNS = stored_dataset.RUNS_BY_ID
PLAIN, ZIPPED, PATHS, LARGE_ONLY = RUNS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each release that the marker names and that is asked, with each kind of client."""
    marker = metafunc.definition.get_closest_marker("airflow")
    assert marker is not None
    asked = metafunc.config.getoption("--airflow")
    flavours = [flavour for flavour in marker.args if flavour in asked]
    metafunc.parametrize("stored", flavours, indirect=True, scope="module")


@pytest.fixture(scope="module")
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings of a client for a server whose values are in the folder ``xcom_storage``."""
    from tests.support.airflow.install import NoSuitablePython
    from tests.support.airflow.stored_server import running_with_stored_values

    folder = tmp_path_factory.mktemp("stored") / "xcom values"  # a space is not encoded in the URL
    running = running_with_stored_values(request.param, folder)
    try:
        airflow = running.__enter__()
    except NoSuitablePython as error:
        pytest.skip(str(error))
    yield {"host": airflow.base_url, "username": "admin", "password": "admin-pw", "xcom_storage": folder}
    running.__exit__(None, None, None)


@pytest.mark.airflow("2.10.5", "2.11.2", "3.0.6", "3.3.2")
def test_every_value_is_read_from_its_file(stored: dict[str, Any]) -> None:
    folder = stored["xcom_storage"]
    with all_cases() as case:
        for kind in clients.CLIENTS:
            with clients.in_use(kind), clients.ApiClient(Configuration(**stored)) as client:
                xcoms = list(clients.XComApi(client).iter_xcoms("stored"))
            with case((kind, "all XComs")):
                assert len(xcoms) == sum(len(run.values) + 2 for run in RUNS.values())
            for xcom in xcoms:
                with case((kind, xcom.run_id, xcom.key, xcom.map_index)):
                    run = RUNS[xcom.run_id]
                    if xcom.task_id == "mapped":
                        expected: Any = {"index": xcom.map_index}
                    else:
                        expected = stored_dataset.VALUES[xcom.key]
                    if run.threshold == 0 or xcom.key == "big":
                        assert repr(xcom.decode()) == repr(expected)  # on Airflow 2 too
                        suffix = {"": "", "gzip": ".gz", "xz": ".xz", "zip": ".zip"}[run.compression]
                        assert xcom["value"].startswith(f"{run.scheme}{folder}/stored/{run.run_id}/{xcom.task_id}/")
                        assert Path(xcom["value"]).suffix == suffix
                    else:
                        assert xcom["value"] == xcom.value


@pytest.mark.airflow("2.10.5", "2.11.2", "3.0.6", "3.3.2")
def test_single_calls_read_the_file_if_they_are_told_to(stored: dict[str, Any]) -> None:
    ids = ("stored", ZIPPED, "push", "nested")
    nested = stored_dataset.VALUES["nested"]
    with all_cases() as case:
        for kind in clients.CLIENTS:
            with clients.in_use(kind), clients.ApiClient(Configuration(**stored)) as client:
                api = clients.XComApi(client)
                for keywords in ({}, {"stringify": True}, {"stringify": False}):
                    with case((kind, keywords)):
                        xcom = api.get_xcom_entry(*ids, resolve=True, **keywords)
                        assert xcom.value == nested
                        url = api.get_xcom_entry(*ids, **keywords).value
                        assert (url, url) == (xcom["value"], xcom.to_dict()["value"])
                        assert find(url, Secret(Configuration(**stored).xcom_storage)) is not None
                with case((kind, "wait")):
                    assert api.wait_for_xcom_entry(*ids, timeout=60).value == nested
                with case((kind, "mapped")):
                    mapped = ("stored", PATHS, "mapped", "return_value")
                    assert api.get_xcom_entry(*mapped, map_index=1, resolve=True).value == {"index": 1}
                with case((kind, "deserialize")):
                    # The servers of Airflow 2 and 3.0 read the file, later ones do not.
                    loaded = {"2.": str(nested), "3.0": nested, "3.3": url}
                    release = client.get_server_version()
                    expected = next(value for start, value in loaded.items() if release.startswith(start))
                    assert api.get_xcom_entry(*ids, deserialize=True).value == expected


@pytest.mark.airflow("2.10.5", "2.11.2", "3.0.6", "3.3.2")
def test_a_deleted_file_is_an_error(stored: dict[str, Any]) -> None:
    with clients.ApiClient(Configuration(**stored)) as client:
        api = clients.XComApi(client)
        url = api.get_xcom_entry("stored", PLAIN, "push", "url").value
        Path(url[len("file://") :]).unlink()
        with pytest.raises(StoredValueException, match="does not exist") as caught:
            api.get_xcom_entry("stored", PLAIN, "push", "url", resolve=True)
    assert caught.value.url == url
