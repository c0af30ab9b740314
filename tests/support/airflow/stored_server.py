"""Start a real Airflow whose XCom backend keeps values in files, and run the DAG in ``stored/`` in it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .install import AirflowError, python_of
from .releases import HERE, RELEASES
from .server import AirflowServer, running_airflow

BACKEND = "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"


@contextlib.contextmanager
def running_with_stored_values(version: str, folder: Path) -> Iterator[AirflowServer]:
    """A running Airflow ``version`` with the XComs of the DAG ``stored``, whose values are in files in ``folder``."""
    release = RELEASES[version]
    variables = {
        "AIRFLOW__CORE__XCOM_BACKEND": BACKEND,
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": f"file://{folder}",
        "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": "0",
        "AIRFLOW__API__ENABLE_XCOM_DESERIALIZE_SUPPORT": "True",
    }
    with running_airflow(version, env=variables) as server:
        home = server.log_path.parent
        environment = {**release.environment(home, HERE / "stored"), **variables}
        command = [str(python_of(release)), str(HERE / "run_stored.py"), str(folder)]
        ran = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True)
        if ran.returncode:
            raise AirflowError(f"the DAG stored did not run:\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}")
        yield server
