"""Refuse a mixture of the two distributions that install ``airflow_client/client``."""

from __future__ import annotations

import os
import sys

#: What ``airflow_client/client/__init__.py`` of this distribution has, and no other.
MARKER = "airflow-xcom-client"
#: A file of every release of apache-airflow-client, and of no release of airflow-xcom-client.
_OFFICIAL_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "client", "api", "config_api.py")  # noqa: PTH118, PTH120


def refuse_mixture() -> None:
    """Raise an ImportError unless all of ``airflow_client.client`` is ours.

    Every module in ``airflow_client/client`` calls this: pip overwrites, and removes, only the files that both
    distributions have.
    """
    package = sys.modules.get("airflow_client.client")
    if getattr(package, "_DISTRIBUTION", None) != MARKER or os.path.exists(_OFFICIAL_FILE):  # noqa: PTH110
        raise ImportError(
            "Cannot import airflow_client.client: airflow-xcom-client and apache-airflow-client overwrite each other's "
            "files there. Import airflow_client.xcom instead, which works beside apache-airflow-client. Or uninstall "
            "one of the two distributions, then reinstall the other: pip removes the files that they share.",
            name="airflow_client.client",
        )
