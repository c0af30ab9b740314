"""This library under faults: many threads that use one client, every answer compared with what it should be."""

import gc
import json
import random
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from answers import value_of
from worker import status

from airflow_client.xcom import ApiClient, Configuration, OpenApiException, XComApi


def soak(host, ids, threads, seconds, calls):
    """Call until ``seconds`` or ``calls`` are over, and tell what came of it."""

    def once():
        # What is made once, by the first calls, is there before.
        Soak(f"{host}/api/v2", ids, threads, seconds / 10, calls // 10).run()
        before, spoilt, start = state(), counts(host), time.monotonic()
        soak = Soak(f"{host}/api/v2", ids, threads, seconds, calls)
        growth = soak.run()
        spoilt = {kind: count - spoilt.get(kind, 0) for kind, count in sorted(counts(host).items())}
        outcomes = {name: soak.outcomes[name] for name in sorted(soak.outcomes)}
        told = {"seconds": time.monotonic() - start, "outcomes": outcomes, "spoilt": spoilt, "wrong": soak.wrong}
        return {**told, "growth": growth, "before": before, "after": state()}

    return once


class Soak:
    def __init__(self, host, ids, threads, seconds, calls):
        self.ids = ids
        self.configuration = Configuration(host=host, access_token="token")
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds
        self.threads = [threading.Thread(target=self.work, args=(seed,)) for seed in range(threads)]
        self.calls_each = calls // threads
        self.outcomes = Counter()
        self.wrong = []
        self.lock = threading.Lock()

    def run(self):
        """How many bytes the process grew by after the first fifth of the time."""
        sizes = []
        with ApiClient(self.configuration) as client:
            self.api = XComApi(client)
            for thread in self.threads:
                thread.start()
            while any(thread.is_alive() for thread in self.threads):
                time.sleep(self.seconds / 50)
                sizes.append(status("VmRSS"))
            for thread in self.threads:
                thread.join()
            sizes.append(status("VmRSS"))
        return sizes[-1] - sizes[len(sizes) // 5]

    def work(self, seed):
        lots = random.Random(seed)
        for _ in range(self.calls_each):
            if time.monotonic() > self.deadline:
                break
            try:
                outcome = self.call(lots)
            except OpenApiException as error:
                outcome = f"{type(error).__name__} {error.status}" if error.status else type(error).__name__
            except BaseException as error:
                outcome = f"not ours: {type(error).__name__}: {error}"
            with self.lock:
                self.outcomes[outcome] += 1

    def call(self, lots):
        if lots.random() < 0.05:
            offset = 100 * lots.randrange(10)
            found = [row.key for row in self.api.get_xcom_entries(*self.ids, limit=100, offset=offset).xcom_entries]
            expected = [f"key-{number}" for number in range(offset, offset + 100)]
        else:
            key = f"key-{lots.randrange(1000)}"
            xcom = self.api.get_xcom_entry(*self.ids, key)
            found, expected = (xcom.key, xcom.value), (key, value_of(key))
        if found == expected:
            return "right"
        self.wrong.append(repr((expected, found))[:500])
        return "wrong"


def counts(host):
    """How many answers the server has spoilt, and how."""
    with urllib.request.urlopen(f"{host.removesuffix('/faults')}/counts") as response:
        return json.load(response)


def state():
    gc.collect()
    descriptors = [_target(link) for link in Path("/proc/self/fd").iterdir()]
    sockets = sum(name.startswith("socket:") for name in descriptors)
    return {"threads": threading.active_count(), "descriptors": len(descriptors), "sockets": sockets}


def _target(link):
    try:
        return str(link.readlink())
    except OSError:  # the descriptor of the listing itself
        return ""
