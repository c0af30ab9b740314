"""This library on asyncio."""

import asyncio

from airflow_client.xcom import AsyncApiClient, AsyncXComApi, Configuration


def bulk(host, ids, workers, page):
    configuration = Configuration(host=f"{host}/api/v2", access_token="token")

    async def read():
        async with AsyncApiClient(configuration) as client:
            api = AsyncXComApi(client)
            values = [xcom.value async for xcom in api.iter_xcoms(*ids, max_workers=workers, page_size=page)]
        return [len(values), values[-1]]

    return lambda: asyncio.run(read())
