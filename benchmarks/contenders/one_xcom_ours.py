import sys

from airflow_client.xcom import ApiClient, Configuration, XComApi

configuration = Configuration(host=f"{sys.argv[1]}/api/v2", access_token="token")
with ApiClient(configuration) as client:
    print(XComApi(client).get_xcom_entry(*sys.argv[2:]).value)
