"""``python -m airflow_client.cli``: the same as the program ``airflow-xcom``."""

from airflow_client.cli import start

if __name__ == "__main__":
    start.main()
