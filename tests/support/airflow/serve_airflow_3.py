"""Serve Airflow 3 with uvicorn on a listening socket that is handed down.

Usage: serve_airflow_3.py LISTENER [--workers NUMBER]

Its own option ``--fd`` takes the socket for a Unix one, and so leaves Nagle's algorithm on: with 3.3.2 a GET
took 49 ms, not 4.
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import socket

import uvicorn

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("listener", type=int)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    config = uvicorn.Config("airflow.api_fastapi.main:app", timeout_keep_alive=30, workers=arguments.workers)
    sockets = [socket.socket(fileno=arguments.listener)]
    if arguments.workers == 1:
        uvicorn.Server(config).run(sockets=sockets)
    else:
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, sockets).run()
