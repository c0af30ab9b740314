"""The command line ``airflow-xcom``: what it reads from a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dataset import ODD_KEYS, RUN_1, RUN_2
from tests.contract.servers import Server
from tests.support import program
from tests.support.cases import all_cases
from tests.support.program import Result

Run = Callable[..., Result]

sends_json = pytest.mark.airflow("2.10", "2.11", "3.")
sends_text = pytest.mark.airflow("2.4", "2.6", "2.7", "2.8", "2.9")
knows_map_index = pytest.mark.airflow("2.7", "2.8", "2.9", "2.10", "2.11", "3.")


#: Before 2.10, values are text, which the program prints as it is.
pytestmark = pytest.mark.airflow("2.10", "2.11", "3.")


@pytest.fixture
def airflow_xcom(server: Server, tmp_path: Path) -> Run:
    """Run the program in this process, as the user ``admin`` unless another is given."""

    def run(*arguments: str, user: str = "admin", **settings: Any) -> Result:
        variables = {
            "AIRFLOW_XCOM_HOST": server.url,
            "AIRFLOW_XCOM_USERNAME": user,
            "AIRFLOW_XCOM_PASSWORD": f"{user}-pw",
        }
        return program.run_here(arguments, program.environment(tmp_path, variables), **settings)

    return run


@knows_map_index
def test_a_list_has_every_row_with_its_run(airflow_xcom: Run) -> None:
    result = airflow_xcom("list", "contract", "~", "mapped", "--key", "square", "--output", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted((row["run_id"], row["map_index"]) for row in rows) == [
        (run_id, index) for run_id in (RUN_1, RUN_2) for index in range(5)
    ]
    first = airflow_xcom("list", "many", "--output", "csv")
    assert first.stderr == "100 of 250 XComs; --all lists them\n"
    everything = airflow_xcom("list", "many", "--all", "--output", "csv")
    assert everything.stdout.count("\n") == 251


def test_the_latest_run_is_the_first_of_the_last_runs(airflow_xcom: Run) -> None:
    listed = airflow_xcom("runs", "contract", "--output", "jsonl")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [row["dag_run_id"] for row in rows] == [RUN_2, RUN_1]
    assert all(row["state"] in ("success", "failed") for row in rows)
    latest = airflow_xcom("get", "contract", "latest:any", "multi", "first", "--json")
    assert json.loads(latest.stdout)["run_id"] == RUN_2


@sends_json
def test_values_keep_their_json_types(server: Server, airflow_xcom: Run) -> None:
    with all_cases() as case:
        for key in ("str", "str_numeric", "int", "int_64_bits", "float", "bool_true", "list", "dict", "nested"):
            with case(key):
                result = airflow_xcom("get", "contract", RUN_1, "kinds", key)
                assert result.status == 0, result.stderr
                expected = server.kinds[key]
                assert json.loads(result.stdout) == expected
                assert type(json.loads(result.stdout)) is type(expected)


@sends_text
def test_text_is_printed_as_it_is_or_parsed_on_request(server: Server, airflow_xcom: Run) -> None:
    as_text = airflow_xcom("get", "contract", RUN_1, "kinds", "list")
    assert as_text.stdout == "[1, 'two', 3.0, None, True]\n"
    assert as_text.stderr == (
        f"Airflow {server.version} sends every value as text, as Python's str() writes it. See --decode\n"
    )
    parsed = airflow_xcom("get", "contract", RUN_1, "kinds", "list", "--decode")
    assert (parsed.stdout, parsed.stderr) == ('[1, "two", 3.0, null, true]\n', "")
    history = airflow_xcom("history", "contract", "kinds", "int", "--decode", "--output", "jsonl")
    assert [json.loads(line)["value"] for line in history.stdout.splitlines()] == [42, 42]


@sends_json
def test_odd_keys_are_read(server: Server, airflow_xcom: Run) -> None:
    refused = ["/leading"] if server.major == 2 else [key for key in ODD_KEYS if "/" in key]
    with all_cases() as case:
        for key in server.odd_keys:
            if key not in refused or (server.takes_slashes and server.major == 3):
                with case(key):
                    result = airflow_xcom("get", "contract", RUN_1, "odd_keys", "--", key)
                    assert (result.status, json.loads(result.stdout)) == (0, f"value of {key}")


def test_a_value_of_5_megabytes_is_read_raw(airflow_xcom: Run, tmp_path: Path) -> None:
    file = tmp_path / "big.txt"
    result = airflow_xcom("get", "contract", RUN_1, "big", "--raw", "--file", str(file))
    assert (result.status, result.stdout) == (0, "")
    assert file.read_text("utf-8") == "x" * 5 * 1024 * 1024


@knows_map_index
def test_a_404_says_what_there_is(airflow_xcom: Run) -> None:
    with all_cases() as case:
        for arguments, message in (
            (["contrct", RUN_1, "kinds", "str"], "There is no DAG 'contrct'. Did you mean 'contract'?"),
            (["contract", "nightly", "kinds", "str"], f"The last two are:\n  {RUN_2}\n  {RUN_1}"),
            (["contract", RUN_1, "kind", "str"], "DAG 'contract' has no task 'kind'. Did you mean 'kinds'?"),
            (["contract", RUN_1, "multi", "frist"], "Task 'multi' has no XCom 'frist'. Did you mean 'first'?"),
            (["contract", RUN_1, "mapped"], "Task 'mapped' is mapped: add --map-index 0–4."),
            (
                ["contract", RUN_1, "mapped", "--map-index", "7"],
                "Task 'mapped' has no map index 7 with XComs, but 0–4.",
            ),
        ):
            with case(arguments):
                result = airflow_xcom("get", *arguments)
                assert (result.status, result.stdout) == (4, "")
                assert message in result.stderr, result.stderr


def test_permissions_and_logins_are_status_3(airflow_xcom: Run) -> None:
    assert airflow_xcom("list", "contract", user="viewer").status == 0
    for user in ("nobody", "unknown"):
        result = airflow_xcom("get", "contract", RUN_1, "kinds", "str", user=user)
        assert (result.status, result.stdout) == (3, ""), result.stderr


@sends_json
def test_a_history_and_the_differences_of_two_runs(airflow_xcom: Run) -> None:
    history = airflow_xcom("history", "contract", "mapped", "square", "--map-index", "3", "--output", "jsonl")
    assert [json.loads(line)["value"] for line in history.stdout.splitlines()] == [9, 9]
    equal = airflow_xcom("diff", "contract", RUN_1, RUN_2, "--task", "multi")
    assert (equal.status, equal.stderr) == (0, "3 XComs, all equal\n")
    different = airflow_xcom("diff", "close", "latest:any", RUN_1, "--output", "jsonl")
    assert different.status == 4  # a run of another DAG
    first, second = "manual__2024-04-05T06:07:08.123456+00:00", "manual__2024-04-05T06:07:08.123457+00:00"
    (row,) = airflow_xcom("diff", "close", first, second, "--output", "jsonl").stdout.splitlines()
    assert json.loads(row)["before"] == first
    assert json.loads(row)["after"] == second
