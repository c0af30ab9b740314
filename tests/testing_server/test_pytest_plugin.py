"""The pytest plugin, in runs of pytest of their own; they see every warning as an error."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cases import all_cases

ROOT = Path(__file__).parents[2]
RUN = "manual__2024-01-01T00:00:00+00:00"

Pytest = Callable[..., str]


@pytest.fixture
def pytester(tmp_path: Path) -> Pytest:
    """A function that runs a module of tests with a few plugins, and returns what pytest says."""

    def run(code: str, *options: str, status: int = 0) -> str:
        (tmp_path / "test_it.py").write_text(f'import pytest\nRUN = "{RUN}"\n{code}', encoding="utf-8")
        command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "airflow_client.testing.pytest_plugin"]
        command += ["-v", "-W", "error", "--strict-markers", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
        variables = {
            **os.environ,
            "http_proxy": "http://127.0.0.1:9",  # nothing listens there
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        ended = subprocess.run(
            [*command, *options, str(tmp_path)],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout

    return run


def test_fixtures_serve_the_data_of_the_markers(pytester: Pytest, tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_text(
        f'{{"dag_id": "etl", "run_id": "{RUN}", "task_id": "load", "key": "rows", "value": [1, null]}}\n'
    )
    output = pytester(
        """
from airflow_client.xcom import ForbiddenException, UnauthorizedException
pytestmark = pytest.mark.airflow(xcoms={("etl", RUN, "extract", "rows"): 1234, ("etl", RUN, "load", "rows", 2): [5]})
servers = set()

def values(api):
    return [(x.task_id, x.map_index, x.value) for x in api.iter_xcoms()]

def test_the_module_s_marker(airflow_server, xcom_api):
    servers.add(airflow_server)
    assert airflow_server.version == "3.0.6"
    assert values(xcom_api) == [("extract", -1, 1234), ("load", 2, [5])]
    airflow_server.push_xcom("etl", RUN, "extract", "more", 1)
    airflow_server.stop()

def test_a_server_is_reset_for_each_test(airflow_server, xcom_api):
    servers.add(airflow_server)
    assert (len(servers), len(values(xcom_api))) == (1, 2)

@pytest.mark.airflow(version="3.3", xcoms="export.jsonl", users={"ada": "Viewer", "bob": "Op"}, auth="fab", tls=True)
def test_a_file_users_and_settings(airflow_server, airflow_configuration, xcom_api):
    assert airflow_server.host.startswith("https:")
    assert airflow_server.version == "3.3.2" and airflow_server not in servers
    assert airflow_configuration.username == "ada"
    assert values(xcom_api) == [("load", -1, [1, None])]
    with pytest.raises(ForbiddenException):
        xcom_api.delete_xcom_entry(dag_id="etl", dag_run_id=RUN, task_id="load", xcom_key="rows")

@pytest.mark.airflow(users={})
def test_nobody_may_log_in(xcom_api):
    with pytest.raises(UnauthorizedException):
        values(xcom_api)

@pytest.mark.airflow(version=["2.10", "3.3"])
class TestReleases:
    @pytest.mark.airflow(xcoms={})
    def test_each(self, airflow_server, xcom_api, request):
        assert airflow_server.version.startswith(request.node.callspec.params["airflow_server"])
        assert values(xcom_api) == []
""",
        "-o",
        "airflow_version=3.0",
    )
    assert re.findall(r"::(\S+) PASSED", output) == [
        "test_the_module_s_marker[3.0]",
        "test_a_server_is_reset_for_each_test[3.0]",
        "test_a_file_users_and_settings",
        "test_nobody_may_log_in[3.0]",
        "TestReleases::test_each[2.10]",
        "TestReleases::test_each[3.3]",
    ]


def test_wrong_markers_are_named(pytester: Pytest, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"dag_id": "etl"}\n')
    messages = {
        "'3.3'": "it takes keyword arguments only, not '3.3'",
        "verson='3.3'": "it has no argument 'verson', but version, users, xcoms, auth, ",
        "port=8080": "it has no argument 'port', but",
        "version='3.9'": "version must be one of 2. … not '3.9'",
        "version=[]": "version must be a str, such as '3.3', or a list of them, not []",
        "version=3.3": "version must be a str, such as '3.3', or a list of them, not 3.3",
        "users=['ada']": "users must be a dict of user names and roles, not ['ada']",
        "xcoms=1": "xcoms must be a dict or the path of a file, not 1",
        "xcoms={'rows': 1}": "keys of xcoms must be (dag_id, run_id, task_id, key) or (…, map_index), not 'rows'",
        "auth='ldap'": "auth must be one of basic | … for Airflow 2.11.2, not 'ldap'",
        "users={'ada': 'Boss'}": "role must be one of Public, … not 'Boss'",
        "xcoms={('etl', RUN, 'extract', ''): 1}": "key must not be empty",
        "xcoms='none.jsonl'": "No such file or directory: … none.jsonl",
        "xcoms='bad.jsonl'": "line 1: it has no run_id, task_id, key, value",
    }
    test = "@pytest.mark.airflow({})\ndef test_{}(airflow_server): pass\n"
    code = "".join(test.format(argument, number) for number, argument in enumerate(messages))
    output = pytester(f"{code}def test_right(airflow_server): pass\n", status=1)
    assert " 1 passed, 14 errors in" in output
    assert "During handling of" not in output
    with all_cases() as case:
        for argument, message in messages.items():
            with case(argument):
                parts = message.split(" … ")
                assert any(all(part in line for part in parts) for line in output.splitlines())


def test_the_setting_counts_for_fixtures_that_a_test_gets_by_name(pytester: Pytest) -> None:
    code = """
def test_by_name(request):
    assert request.getfixturevalue("airflow_server").version == "3.3.2"

def test_all(airflow_server): pass
"""
    assert "2 passed" in pytester(code, "-o", "airflow_version=3.3")
    output = pytester(code, "-o", "airflow_version=all", status=1)
    assert "1 failed, 11 passed" in output
    assert "it cannot run for each of ['2.4.3', " in output


_ASYNC = """
pytestmark = [pytest.mark.airflow(xcoms={("etl", RUN, "extract", "rows"): 1234}), MARK]

FIXTURE
async def rows(async_xcom_api):
    yield (await async_xcom_api.get_xcom_entry("etl", RUN, "extract", "rows", stringify=False)).value
    await async_xcom_api.get_xcom_entry("etl", RUN, "extract", "rows")  # the test's connections are closed

async def test_the_client(async_xcom_api, xcom_api):
    assert [xcom.value async for xcom in async_xcom_api.iter_xcoms()] == [1234]

@pytest.mark.airflow(version=["2.11", "3.3"])
class TestReleases:
    async def test_an_async_fixture_uses_the_client(self, async_xcom_api, rows):
        entries = await async_xcom_api.get_xcom_entries("etl", RUN, "extract")
        assert (rows, len(entries)) == (1234, 1)

async def test_the_client_is_closed_after_a_failure(async_xcom_api):
    await async_xcom_api.get_xcom_entry("etl", RUN, "extract", "rows")
    raise ArithmeticError
"""


@pytest.mark.parametrize(
    ("plugin", "marker", "fixture", "settings"),
    [
        ("pytest_asyncio.plugin", "mark.asyncio", "@__import__('pytest_asyncio').fixture", ["asyncio_mode=strict"]),
        ("pytest_asyncio.plugin", "mark.airflow", "@pytest.fixture", ["asyncio_mode=auto"]),
        ("anyio.pytest_plugin", "mark.anyio", "@pytest.fixture", []),
    ],
    ids=["pytest-asyncio in strict mode", "pytest-asyncio in auto mode", "anyio"],
)
def test_the_asyncio_client_is_closed_in_the_loop_of_the_test(
    pytester: Pytest, plugin: str, marker: str, fixture: str, settings: list[str]
) -> None:
    pytest.importorskip("aiohttp", reason="the asyncio client needs it")
    package = plugin.partition(".")[0]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: tox installs it for one of the Pythons")
    code = _ASYNC.replace("MARK", f"pytest.{marker}").replace("FIXTURE", fixture)
    if package == "anyio":
        code += "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    else:
        settings = [*settings, "asyncio_default_fixture_loop_scope=function"]
    output = pytester(code, "-p", plugin, *(part for setting in settings for part in ("-o", setting)), status=1)
    assert "1 failed, 3 passed in" in output
    assert "E       ArithmeticError\n" in output


def test_workers_of_xdist_have_servers_of_their_own(pytester: Pytest) -> None:
    code = """
@pytest.mark.parametrize("number", range(6))
def test_it(airflow_server, xcom_api, number):
    airflow_server.push_xcom("etl", RUN, "extract", "rows", number)
    assert [xcom.value for xcom in xcom_api.iter_xcoms()] == [number]
"""
    output = pytester(code, "-p", "xdist.plugin", "-n", "2")
    assert "6 passed" in output
    assert {"[gw0]", "[gw1]"} <= set(re.findall(r"\[gw\d\]", output))


def test_a_run_that_does_not_use_it_imports_nothing(pytester: Pytest, tmp_path: Path) -> None:
    report = (
        "import sys\ndef pytest_unconfigure():\n    print(*[name for name in sys.modules if 'airflow_cl' in name])\n"
    )
    (tmp_path / "conftest.py").write_text(report)
    code = """
@pytest.fixture
def airflow_server():
    return "a fixture of the user's"

@pytest.mark.airflow("a marker of the user's")
def test_it(airflow_server):
    assert airflow_server == "a fixture of the user's"
"""
    modules = "airflow_client airflow_client.testing airflow_client.testing.pytest_plugin"
    assert pytester(code, "-s").splitlines()[-1] == modules
    assert "@pytest.mark.airflow(*, version=" in pytester("", "--markers")
