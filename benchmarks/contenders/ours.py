"""This library."""

from concurrent.futures import ThreadPoolExecutor

from airflow_client.xcom import ApiClient, Configuration, XComApi


def client(host, ids):
    configuration = Configuration(host=f"{host}/api/v2", access_token="token")

    def once():
        ApiClient(configuration).close()

    return once


def get(host, ids, key):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))

    def once():
        return api.get_xcom_entry(*ids, key).value

    return once


def value(host, ids, key):
    get_it = get(host, ids, key)
    get(host, ids, "key-1")()  # all that a first call imports
    return lambda: len(get_it())


def rows(host, ids, limit):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))

    def once():
        return len(api.get_xcom_entries(*ids, limit=limit).xcom_entries)

    return once


def fields(host, ids, limit):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))

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


def fields_v1(host, ids, limit):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v1", access_token="token")))

    def once():
        read = [
            (row.dag_id, row.task_id, row.map_index, row.key, row.timestamp, row.execution_date)
            for row in api.get_xcom_entries(*ids, limit=limit).xcom_entries
        ]
        return len(read)

    return once


def iterate(host, ids, short):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))
    for _ in api.iter_xcom_entries(*short):  # all that a first list imports
        pass
    return lambda: sum(1 for _ in api.iter_xcom_entries(*ids))


def bulk(host, ids, workers, page):
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))

    def once():
        values = [xcom.value for xcom in api.iter_xcoms(*ids, max_workers=workers, page_size=page)]
        return [len(values), values[-1]]

    return once


def bulk_by_threads(host, ids, workers, page):
    """Call by call from threads of one's own."""
    api = XComApi(ApiClient(Configuration(host=f"{host}/api/v2", access_token="token")))

    def once():
        with ThreadPoolExecutor(workers) as pool:
            keys = [row.key for row in api.iter_xcom_entries(*ids, page_size=page)]
            values = list(pool.map(lambda key: api.get_xcom_entry(*ids, key).value, keys))
        return [len(values), values[-1]]

    return once
