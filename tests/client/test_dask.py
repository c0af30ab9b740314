"""Workers of Dask that share a read by run, as docs/guides/reading-millions.md shows."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, RecordedRequest
from airflow_client.xcom import (
    ApiClient,
    Configuration,
    DAGRunApi,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    XComApi,
)
from tests.support.pickles import usual_pickles

RUNS, KEYS, PROCESSES, THREADS, MAX_WORKERS = 24, 12, 2, 2, 4
SIZE = 200_000


def value_of(run: int, key: int) -> str:
    return f"{run}-{key}-" + "x" * SIZE


def read_run(api: XComApi, run_id: str) -> tuple[int, dict[str, str]]:
    """Return the id of the process, and a digest of each value."""
    digests = {}
    for xcom in api.iter_xcoms("large", run_id, max_workers=MAX_WORKERS):
        assert xcom.key not in digests
        digests[str(xcom.key)] = hashlib.sha256(xcom.value.encode()).hexdigest()
    return os.getpid(), digests


def peak_memory() -> int:
    """Return the largest resident size of the process so far, in bytes; 0 where Linux does not tell."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) * 1024


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("reader", "secret")
        server.add_user("nobody", "secret", role="Public")
        for run, key in itertools.product(range(RUNS), range(KEYS)):
            server.push_xcom("large", f"run_{run}", "task", f"key_{key}", value_of(run, key))
        yield server


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    with usual_pickles():
        distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=PROCESSES, threads_per_worker=THREADS, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def configuration(airflow: EmbeddedAirflow) -> Configuration:
    airflow.requests.clear()
    configuration = Configuration(host=airflow.base_url, username="reader", password="secret")
    configuration.pickle_secrets = True
    return configuration


def most_at_once(requests: list[RecordedRequest]) -> int:
    events = []
    for request in requests:
        began, duration = request.started_at.timestamp(), request.duration
        assert duration is not None
        events += [(began, 1), (began + duration, -1)]
    return max(itertools.accumulate(change for _, change in sorted(events)))


def test_workers_read_each_value_once(airflow: EmbeddedAirflow, workers: Any, configuration: Configuration) -> None:
    with ApiClient(configuration) as api_client, airflow.delay(0.03):
        run_ids = [run.dag_run_id for run in DAGRunApi(api_client).iter_dag_runs("large")]
        assert len(run_ids) == RUNS
        [shared] = workers.scatter([XComApi(api_client)], broadcast=True)
        before = workers.run(peak_memory)
        results = workers.gather([workers.submit(read_run, shared, run_id) for run_id in run_ids])
        after = workers.run(peak_memory)
    assert dict(zip(run_ids, (digests for _, digests in results))) == {
        f"run_{run}": {f"key_{key}": hashlib.sha256(value_of(run, key).encode()).hexdigest() for key in range(KEYS)}
        for run in range(RUNS)
    }
    assert len({process for process, _ in results}) == PROCESSES
    reads = [request for request in airflow.requests if "/xcomEntries/" in request.path]
    assert len(reads) == len({request.path for request in reads}) == RUNS * KEYS
    assert 4 < most_at_once(airflow.requests) <= PROCESSES * THREADS * MAX_WORKERS
    # One client per process, with one login.
    assert sum(request.path == "/auth/token" for request in airflow.requests) == 1 + PROCESSES
    for address, peak in after.items():  # measured: 4 MB more
        assert peak - before[address] < RUNS * KEYS * SIZE / 3, (before, after)


def test_exceptions_keep_their_class_and_text(
    airflow: EmbeddedAirflow, workers: Any, configuration: Configuration
) -> None:
    def read(configuration: Configuration, key: str) -> Any:
        with ApiClient(configuration) as api_client:
            return XComApi(api_client).get_xcom_entry("large", "run_1", "task", key).value

    with pytest.raises(NotFoundException, match="`absent` not found") as missing:
        workers.submit(read, configuration, "absent").result(60)
    assert (missing.value.status, missing.value.attempts) == (404, 1)
    assert "the key 'absent' does not exist" in str(missing.value.hint)
    configuration.username = "nobody"
    with pytest.raises(ForbiddenException):
        workers.submit(read, configuration, "key_0").result(60)
    configuration.pickle_secrets = False
    with pytest.raises(UnauthorizedException):
        workers.submit(read, configuration, "key_1").result(60)
