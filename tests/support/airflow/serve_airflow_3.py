"""Serve Airflow 3 with uvicorn on a listening socket that is handed down.

Usage: serve_airflow_3.py LISTENER

Its own option ``--fd`` takes the socket for a Unix one, and so leaves Nagle's algorithm on: with 3.3.2 a GET
took 49 ms, not 4.
"""

# mypy: ignore-errors
from __future__ import annotations

import socket
import sys

import uvicorn

if __name__ == "__main__":
    config = uvicorn.Config("airflow.api_fastapi.main:app", timeout_keep_alive=30)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
