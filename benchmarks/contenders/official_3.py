"""apache-airflow-client 3.3.2, Airflow's own client for Airflow 3."""

from concurrent.futures import ThreadPoolExecutor

from airflow_client.client import ApiClient, Configuration, XComApi


def client(host, ids):
    configuration = Configuration(host=host, access_token="token")

    def once():
        with ApiClient(configuration):
            pass

    return once


def get(host, ids, key):
    api = XComApi(ApiClient(Configuration(host=host, access_token="token")))
    dag_id, run_id, task_id = ids

    def once():
        return api.get_xcom_entry(dag_id, task_id, run_id, key).actual_instance.value

    return once


def value(host, ids, key):
    get_it = get(host, ids, key)
    get(host, ids, "key-1")()
    return lambda: len(get_it())


def rows(host, ids, limit):
    api = XComApi(ApiClient(Configuration(host=host, access_token="token")))

    def once():
        return len(api.get_xcom_entries(*ids, limit=limit).xcom_entries)

    return once


def fields(host, ids, limit):
    api = XComApi(ApiClient(Configuration(host=host, access_token="token")))

    def once():
        read = [
            (
                *(row.dag_id, row.run_id, row.task_id, row.map_index, row.key),
                *(row.dag_display_name, row.task_display_name),
                *(row.timestamp, row.logical_date, row.run_after),
            )
            for row in api.get_xcom_entries(*ids, limit=limit).xcom_entries
        ]
        return len(read)

    return once


def bulk(host, ids, workers, page):
    configuration = Configuration(host=host, access_token="token", connection_pool_maxsize=workers)
    api = XComApi(ApiClient(configuration))
    dag_id, run_id, task_id = ids

    def once():
        with ThreadPoolExecutor(workers) as pool:
            keys, total = [], 1
            while len(keys) < total:
                listed = api.get_xcom_entries(*ids, limit=page, offset=len(keys))
                keys += [row.key for row in listed.xcom_entries]
                total = listed.total_entries
            found = pool.map(lambda key: api.get_xcom_entry(dag_id, task_id, run_id, key).actual_instance, keys)
            values = [xcom.value for xcom in found]
        return [len(values), values[-1]]

    return once
