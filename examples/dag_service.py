"""Serve a DAG as a web service: a POST runs it, and returns the value of its task.

The body of the request is the run's ``conf``. It needs the extra ``async``.

    AIRFLOW_XCOM_HOST=https://airflow.example.com AIRFLOW_XCOM_TOKEN=… \\
        python examples/dag_service.py report summary --port 8000
    curl -d '{"customer": "Ada"}' http://localhost:8000/
"""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator

from aiohttp import web

from airflow_client.xcom import (
    ApiException,
    AsyncApiClient,
    AsyncDAGRunApi,
    Configuration,
    DagRunFailed,
    TimeoutException,
)

RUNS = web.AppKey("RUNS", AsyncDAGRunApi)


def make_app(configuration: Configuration, dag_id: str, task_id: str, timeout: float = 300) -> web.Application:
    async def connect(app: web.Application) -> AsyncIterator[None]:
        async with AsyncApiClient(configuration) as client:  # one client for all requests
            app[RUNS] = AsyncDAGRunApi(client)
            yield

    async def run(request: web.Request) -> web.Response:
        try:
            conf = json.loads(await request.text() or "{}")
        except ValueError as error:
            return web.json_response({"error": f"the body is not JSON: {error}"}, status=400)
        if not isinstance(conf, dict):
            return web.json_response({"error": "the body is not a JSON object"}, status=400)
        try:
            result = await request.app[RUNS].call_dag(dag_id, conf, task_id=task_id, timeout=timeout, poll_interval=0.5)
        except DagRunFailed as error:
            return web.json_response({"error": str(error), "log": error.log, "url": error.url}, status=500)
        except TimeoutException as error:
            return web.json_response({"error": str(error)}, status=504)
        except ApiException as error:
            return web.json_response({"error": str(error)}, status=502)
        return web.json_response({"result": result})

    app = web.Application()
    app.cleanup_ctx.append(connect)
    app.router.add_post("/", run)
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a DAG as a web service.")
    parser.add_argument("dag_id")
    parser.add_argument("task_id")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    web.run_app(make_app(Configuration.from_env(), options.dag_id, options.task_id), port=options.port)
