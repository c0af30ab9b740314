# The host names no version of the API: the client asks for it first, which is one request more.
import sys

from airflow_client.xcom import ApiClient, Configuration, XComApi

configuration = Configuration(host=sys.argv[1], access_token="token")
with ApiClient(configuration) as client:
    print(XComApi(client).get_xcom_entry(*sys.argv[2:]).value)
