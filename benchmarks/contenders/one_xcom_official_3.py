import sys

from airflow_client.client import ApiClient, Configuration, XComApi

configuration = Configuration(host=sys.argv[1], access_token="token")
dag_id, run_id, task_id, key = sys.argv[2:]
with ApiClient(configuration) as client:
    print(XComApi(client).get_xcom_entry(dag_id, task_id, run_id, key).actual_instance.value)
