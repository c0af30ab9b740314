"""Serve Airflow 3 with uvicorn on a listening socket that is handed down.

Usage: serve_airflow_3.py LISTENER [--workers NUMBER]

Its own option ``--fd`` takes the socket for a Unix one, and so leaves Nagle's algorithm on: with 3.3.2 a GET
took 49 ms, not 4.
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import importlib
import os
import socket

import uvicorn

#: Imported before the processes are forked, as a start of several costs as many times the imports else.
PRELOADED = (
    "airflow.api_fastapi.app",
    "airflow.api_fastapi.core_api.app",
    "airflow.api_fastapi.core_api.routes.public",
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("listener", type=int)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    listener = socket.socket(fileno=arguments.listener)
    if arguments.workers > 1:
        for name in PRELOADED:
            importlib.import_module(name)
        for _ in range(arguments.workers - 1):
            if not os.fork():
                break
    config = uvicorn.Config("airflow.api_fastapi.main:app", timeout_keep_alive=30)
    uvicorn.Server(config).run(sockets=[listener])
