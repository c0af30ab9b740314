"""A typed Python client for Apache Airflow's XCom REST API; see :mod:`airflow_client.client`."""

__version__ = "0.1.0"
