"""This library at a real Airflow, given the root of the server, username and password."""

from airflow_client.xcom import ApiClient, Configuration, OpenApiException, XComApi


def connected(host, username, password):
    return XComApi(ApiClient(Configuration(host=host, username=username, password=password)))


def task_values(host, username, password, ids, **options):
    """The values of one task, several at once."""

    def once():
        return [sum(1 for _ in connected(host, username, password).iter_xcoms(*ids, **options)), 0]

    return once


def task_values_one_by_one(host, username, password, ids):
    def once():
        api = connected(host, username, password)
        return [sum(1 for row in api.iter_xcom_entries(*ids) if api.get_xcom_entry(*ids, row.key)), 0]

    return once


def all_values(host, username, password, runs):
    """The values of all DAG runs: how many were read, and how many could not be."""

    def once():
        read = failed = 0
        for xcom in connected(host, username, password).iter_xcoms(on_error="yield"):
            if isinstance(xcom, OpenApiException):
                failed += 1
            else:
                read += 1
        return [read, failed]

    return once


def page(host, username, password, offset):
    """One page of the list of all XComs."""
    api = connected(host, username, password)
    return lambda: len(api.get_xcom_entries("~", "~", "~", limit=100, offset=offset).xcom_entries)


def list_by_offset(host, username, password):
    """All rows of the list of all XComs, as a script does it with limit and offset."""
    api = connected(host, username, password)
    api.get_xcom_entries("~", "~", "~", limit=1)

    def once():
        offset, total = 0, 1
        while offset < total:
            page = api.get_xcom_entries("~", "~", "~", limit=100, offset=offset)
            offset, total = offset + len(page.xcom_entries), page.total_entries
        return offset

    return once


def list_by_iter_xcom_entries(host, username, password):
    api = connected(host, username, password)
    api.get_xcom_entries("~", "~", "~", limit=1)
    return lambda: sum(1 for _ in api.iter_xcom_entries())
