"""httpx."""

import httpx
from contenders.urls import HEADERS, entries


def get(host, ids, key):
    client = httpx.Client(headers=HEADERS, timeout=60)

    def once():
        response = client.get(f"{entries(host, ids)}/{key}")
        response.raise_for_status()
        return response.json()["value"]

    return once
