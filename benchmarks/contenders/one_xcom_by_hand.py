import json
import sys

import urllib3
from urls import HEADERS, entries

http = urllib3.PoolManager(headers=HEADERS)
response = http.request("GET", f"{entries(sys.argv[1], sys.argv[2:5])}/{sys.argv[5]}", timeout=60)
if response.status != 200:
    raise RuntimeError(response.status)
print(json.loads(response.data)["value"])
