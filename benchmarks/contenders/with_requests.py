"""requests."""

import requests
from contenders.urls import HEADERS, entries


def get(host, ids, key):
    session = requests.Session()
    session.headers.update(HEADERS)

    def once():
        response = session.get(f"{entries(host, ids)}/{key}", timeout=60)
        response.raise_for_status()
        return response.json()["value"]

    return once
