"""http.client of the standard library: the floor."""

import http.client
import json
from urllib.parse import urlsplit

from contenders.urls import HEADERS, entries


def get(host, ids, key):
    connection = http.client.HTTPConnection(urlsplit(host).netloc)

    def once():
        connection.request("GET", f"{entries('', ids)}/{key}", headers=HEADERS)
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(response.status)
        return json.loads(response.read())["value"]

    return once
