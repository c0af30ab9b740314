"""The embedded server answers raw HTTP requests, and the scripts of the official clients, as real servers do.

``fidelity/`` has the tables of requests and the deviations. What real servers answer is recorded, so that each run
compares the embedded server with them; with ``--airflow``, the real servers are asked, too.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.fidelity import clients
from tests.contract.fidelity.answers import Comparable, differences
from tests.contract.fidelity.deviations import DEVIATIONS, unexpected
from tests.contract.fidelity.flavours import Flavour
from tests.contract.fidelity.recorded import answers_of, recorded
from tests.contract.servers import FLAVOURS, Server
from tests.support.airflow.install import AirflowError, NoSuitablePython
from tests.support.cases import all_cases
from tests.support.clients.install import CLIENTS, python_of

ROOT = Path(__file__).resolve().parents[2]
RELEASES_OF_CLIENTS = {version for versions in CLIENTS.values() for version in versions}


@functools.cache
def flavour_of(name: str) -> Flavour:
    """Return the same flavour each time, so that tests can share its server."""
    return Flavour(name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "flavour" not in metafunc.fixturenames:
        return
    requested = metafunc.config.getoption("--airflow")
    names = requested if requested or "real_server" in metafunc.fixturenames else FLAVOURS
    names = [name for name in names if name in FLAVOURS]
    if "official" in metafunc.function.__name__:
        names = [name for name in names if name in RELEASES_OF_CLIENTS]
    # A real server answers all its tests before the next one starts.
    unrecorded = pytest.mark.skip(reason="nothing of this release is recorded, or no official client is for it")
    flavours = [pytest.param(flavour_of(name), id=name) for name in names] or [pytest.param(None, marks=unrecorded)]
    metafunc.parametrize("flavour", flavours, scope="module")


@pytest.fixture(scope="module")
def real_server(flavour: Flavour) -> Iterator[Server]:
    running = flavour.real()
    try:
        server = running.__enter__()
    except NoSuitablePython as error:
        pytest.skip(str(error))
    yield server
    running.__exit__(None, None, None)


def recorded_answers(flavour: Flavour) -> list[Comparable]:
    try:
        return recorded(flavour.name, flavour.cases)
    except FileNotFoundError as error:
        pytest.skip(f"record the answers: python -m tests.contract.fidelity {flavour.name} ({error})")


def report(problems: dict[str, list[str]]) -> str:
    """Return a text about differences, not too long to read."""
    lines = [
        line for name, found in problems.items() for line in (f"{name:.300}", *(f"    {one}" for one in found[:8]))
    ]
    return "\n".join([f"{len(problems)} answers differ:", *lines[:300]])


def test_embedded_servers_answer_as_real_ones(flavour: Flavour) -> None:
    expected = recorded_answers(flavour)
    with flavour.embedded() as server:
        answers = answers_of(server, flavour.cases)
    problems = unexpected(flavour.name, flavour.cases, answers, expected)
    assert not problems, report(problems)


def test_deviations_are_documented() -> None:
    documented = " ".join((ROOT / "docs" / "guides" / "testing.md").read_text(encoding="utf-8").split())
    for deviation in DEVIATIONS:
        assert not deviation.is_documented or deviation.reason in documented


def test_official_clients_get_the_same_from_embedded_servers(flavour: Flavour) -> None:
    with flavour.embedded() as server:
        assert_printed_as_recorded(flavour, server)


def test_real_servers_answer_as_recorded(flavour: Flavour, real_server: Server) -> None:
    expected = recorded_answers(flavour)
    pairs = zip(flavour.cases, answers_of(real_server, flavour.cases), expected)
    problems = {case.name: found for case, *pair in pairs if (found := differences(*pair))}
    assert not problems, report(problems)


def test_official_clients_get_the_recorded_answers_from_real_servers(flavour: Flavour, real_server: Server) -> None:
    assert_printed_as_recorded(flavour, real_server)


def assert_printed_as_recorded(flavour: Flavour, server: Server) -> None:
    with all_cases() as case:
        for client in clients.clients_of(flavour):
            try:
                python_of(client)
            except AirflowError as error:
                pytest.skip(f"{client.version} cannot be installed: {error}")
            with case(client.version):
                problems = clients.unexpected(client, flavour, clients.printed(client, server))
                assert not problems, "\n".join(problems)
