"""The command line ``airflow-xcom``, in the extra ``cli``."""
