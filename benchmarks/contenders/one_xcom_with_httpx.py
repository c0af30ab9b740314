import sys

import httpx
from urls import HEADERS, entries

response = httpx.get(f"{entries(sys.argv[1], sys.argv[2:5])}/{sys.argv[5]}", headers=HEADERS, timeout=60)
response.raise_for_status()
print(response.json()["value"])
