import sys

from airflow_client.client import ApiClient, Configuration
from airflow_client.client.api.x_com_api import XComApi

configuration = Configuration(host=f"{sys.argv[1]}/api/v1", username="admin", password="admin-pw")
with ApiClient(configuration) as client:
    print(XComApi(client).get_xcom_entry(*sys.argv[2:]).value)
