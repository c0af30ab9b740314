import http.client
import json
import sys
from urllib.parse import urlsplit

from urls import HEADERS, entries

connection = http.client.HTTPConnection(urlsplit(sys.argv[1]).netloc, timeout=60)
connection.request("GET", f"{entries('', sys.argv[2:5])}/{sys.argv[5]}", headers=HEADERS)
response = connection.getresponse()
if response.status != 200:
    raise RuntimeError(response.status)
print(json.loads(response.read())["value"])
