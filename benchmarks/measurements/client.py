"""Creating and closing a client, without using it."""

from __future__ import annotations

from ..answers import xcoms
from ..environments import BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS
from ..results import Result, table
from ..runner import Bench, Variant, interleaved

_COUNT = """
import gc, sys, threading
from airflow_client.xcom import ApiClient, Configuration, XComApi
url, *entry = sys.argv[1:]
def state(when):
    ssl = sys.modules.get("ssl")
    contexts = sum(isinstance(thing, ssl.SSLContext) for thing in gc.get_objects()) if ssl else 0
    print(f"{when}: {threading.active_count() - 1} threads, {contexts} TLS contexts")
client = ApiClient(Configuration(host=url + "/api/v2", access_token="token"))
state("new ApiClient")
XComApi(client).get_xcom_entry(*entry)
state("after an http GET")
client.close()
state("and after close()")
"""


def measure(bench: Bench) -> Result:
    arguments = {"host": bench.url, "ids": xcoms(1, 1)}
    contenders = (OURS, BY_HAND, OFFICIAL_2, OFFICIAL_3)
    variants = [Variant(contender.label, contender, "client", arguments) for contender in contenders]
    samples = interleaved(bench, variants, rounds=bench.rounds(25), calls=10 if bench.quick else 100)
    command = [str(bench.interpreters.of(OURS)), "-c", _COUNT, bench.url, *xcoms(1, 1), "key-0"]
    with bench.interpreters.popen(command) as process:
        told, _ = process.communicate()
    facts = [f"ours, resources: {'; '.join(told.splitlines())}."]
    return Result("client", [table("", "µs", samples, BY_HAND.label)], facts)
