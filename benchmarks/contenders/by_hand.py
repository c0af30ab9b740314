"""urllib3 and json, as a careful user writes it by hand: one pool, a timeout, the status looked at."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import urllib3
from contenders.urls import HEADERS, entries

if sys.version_info >= (3, 11):
    moment = datetime.fromisoformat
else:

    def moment(text):
        return datetime.fromisoformat(text.replace("Z", "+00:00"))


def fetch(http, url):
    response = http.request("GET", url, timeout=60)
    if response.status != 200:
        raise RuntimeError(f"{url}: {response.status}")
    return json.loads(response.data)


def client(host, ids):
    return lambda: urllib3.PoolManager(headers=HEADERS).clear()


def get(host, ids, key):
    http = urllib3.PoolManager(headers=HEADERS)

    def once():
        return fetch(http, f"{entries(host, ids)}/{key}")["value"]

    return once


def value(host, ids, key):
    get_it = get(host, ids, key)
    get(host, ids, "key-1")()
    return lambda: len(get_it())


def rows(host, ids, limit):
    http = urllib3.PoolManager(headers=HEADERS)

    def once():
        return len(fetch(http, f"{entries(host, ids)}?limit={limit}")["xcom_entries"])

    return once


def fields(host, ids, limit):
    http = urllib3.PoolManager(headers=HEADERS)

    def once():
        read = [
            (
                *(row["dag_id"], row["run_id"], row["task_id"], row["map_index"], row["key"]),
                *(row["dag_display_name"], row["task_display_name"]),
                *(moment(row["timestamp"]), moment(row["logical_date"]), moment(row["run_after"])),
            )
            for row in fetch(http, f"{entries(host, ids)}?limit={limit}")["xcom_entries"]
        ]
        return len(read)

    return once


def fields_v1(host, ids, limit):
    http = urllib3.PoolManager(headers=HEADERS)

    def once():
        read = [
            (
                *(row["dag_id"], row["task_id"], row["map_index"], row["key"]),
                *(moment(row["timestamp"]), moment(row["execution_date"])),
            )
            for row in fetch(http, f"{entries(host, ids, 'v1')}?limit={limit}")["xcom_entries"]
        ]
        return len(read)

    return once


def listed(http, host, ids, limit=100):
    """All rows, page by page."""
    offset, total = 0, 1
    while offset < total:
        page = fetch(http, f"{entries(host, ids)}?limit={limit}&offset={offset}")
        yield from page["xcom_entries"]
        offset, total = offset + len(page["xcom_entries"]), page["total_entries"]


def iterate(host, ids, short):
    http = urllib3.PoolManager(headers=HEADERS)
    for _ in listed(http, host, short):
        pass
    return lambda: sum(1 for _ in listed(http, host, ids))


def bulk(host, ids, workers, page):
    http = urllib3.PoolManager(headers=HEADERS, maxsize=workers)

    def once():
        with ThreadPoolExecutor(workers) as pool:
            urls = [f"{entries(host, ids)}/{row['key']}" for row in listed(http, host, ids, page)]
            values = list(pool.map(lambda url: fetch(http, url)["value"], urls))
        return [len(values), values[-1]]

    return once
