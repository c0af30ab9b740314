"""Detection of files of apache-airflow-client mixed into ``airflow_client/client``."""

from __future__ import annotations

import os
import sys

#: Marks ``airflow_client/client/__init__.py`` of this distribution.
MARKER = "airflow-xcom-client"
#: File of every release of apache-airflow-client, and of no release of airflow-xcom-client. By os.path, since importing
#: pathlib would take most of the time of a bare ``import airflow_client.client``.
_OFFICIAL_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "client", "api", "config_api.py")  # noqa: PTH118, PTH120


def check_distribution() -> None:
    """Raise ImportError unless ``airflow_client.client`` is entirely of this distribution.

    Every module in ``airflow_client/client`` calls it, because pip overwrites and removes only the shared files.
    """
    package = sys.modules.get("airflow_client.client")
    if getattr(package, "_DISTRIBUTION", None) != MARKER or os.path.exists(_OFFICIAL_FILE):  # noqa: PTH110
        raise ImportError(  # pragma: no cover: in subprocesses of tests/packaging/test_shared_name.py
            "Cannot import airflow_client.client: airflow-xcom-client and apache-airflow-client overwrite each other's "
            "files there. Import airflow_client.xcom instead, which works beside apache-airflow-client. Or uninstall "
            "one of the two distributions, then reinstall the other: pip removes the files that they share.",
            name="airflow_client.client",
        )
