"""apache-airflow-client 2.10.0, Airflow's own client for Airflow 2."""

from concurrent.futures import ThreadPoolExecutor

from airflow_client.client import ApiClient, Configuration
from airflow_client.client.api.x_com_api import XComApi


def configured(host):
    return Configuration(host=f"{host}/api/v1", username="admin", password="admin-pw")


def client(host, ids):
    configuration = configured(host)
    return lambda: ApiClient(configuration).close()


def get(host, ids, key):
    api = XComApi(ApiClient(configured(host)))

    def once():
        return api.get_xcom_entry(*ids, key).value

    return once


def value(host, ids, key):
    get_it = get(host, ids, key)
    get(host, ids, "key-1")()
    return lambda: len(get_it())


def rows_v1(host, ids, limit):
    api = XComApi(ApiClient(configured(host)))

    def once():
        return len(api.get_xcom_entries(*ids, limit=limit).xcom_entries)

    return once


def fields_v1(host, ids, limit):
    api = XComApi(ApiClient(configured(host)))

    def once():
        read = [
            (row.dag_id, row.task_id, row.map_index, row.key, row.timestamp, row.execution_date)
            for row in api.get_xcom_entries(*ids, limit=limit).xcom_entries
        ]
        return len(read)

    return once


def bulk(host, ids, workers, page):
    configuration = configured(host)
    configuration.connection_pool_maxsize = workers
    api = XComApi(ApiClient(configuration))

    def once():
        with ThreadPoolExecutor(workers) as pool:
            keys, total = [], 1
            while len(keys) < total:
                listed = api.get_xcom_entries(*ids, limit=page, offset=len(keys))
                keys += [row.key for row in listed.xcom_entries]
                total = listed.total_entries
            values = list(pool.map(lambda key: api.get_xcom_entry(*ids, key).value, keys))
        return [len(values), values[-1]]

    return once
