"""What those have in common that make up their requests by hand."""

HEADERS = {"Authorization": "Bearer token", "Accept": "application/json"}


def entries(host, ids, version="v2"):
    """The URL of a task's XComs; the benchmarks' ids need no quoting."""
    dag_id, run_id, task_id = ids
    return f"{host}/api/{version}/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
