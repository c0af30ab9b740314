"""The raw requests that real servers and embedded servers have to answer alike.

A table of methods, targets, users and bodies for each API. The requests of a table are sent in order: later ones read
what earlier ones have written.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Union
from urllib.parse import quote

from tests.contract import dataset

RUN = quote(dataset.RUN_1, safe="")
CLOSE = quote(dataset.CLOSE_1, safe="")
DAG = "/dags/contract"
TASKS = f"{DAG}/dagRuns/{RUN}/taskInstances"
KINDS = f"{TASKS}/kinds/xcomEntries"
MAPPED = f"{TASKS}/mapped/xcomEntries"
ODD = f"{TASKS}/odd_keys/xcomEntries"
MANY = f"/dags/many/dagRuns/{RUN}/taskInstances/many/xcomEntries"
ALL = "/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
#: A DAG without runs; what is triggered stays queued.
IDLE = "/dags/triggered_paused/dagRuns"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclasses.dataclass(frozen=True)
class Case:
    """A request.

    :ivar target: path and query; it begins at the API's root, or after "^" at the server's.
    :ivar user: name of the user, or of other credentials in ``peer.py``; empty for none.
    :ivar body: text or bytes as they are; anything else is encoded as JSON.
    :ivar label: name of a body or header that is too long for ``name``.
    """

    method: str
    target: str
    user: str = "admin"
    body: Any = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        parts = [self.method, self.target.replace(RUN, "RUN")]
        if self.user != "admin":
            parts.append(f"as {self.user or '(anonymous)'}")
        if self.label:
            return " ".join([*parts, self.label])
        parts += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            parts.append(self.body if isinstance(self.body, str) else _json(self.body))
        return " ".join(parts)

    @property
    def content(self) -> Union[bytes, None]:
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def all_headers(self) -> dict[str, str]:
        return {**({"Content-Type": JSON} if self.body is not None else {}), **self.headers}


def _json(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else json.dumps(value)


def get(targets: Iterable[str], user: str = "admin", **headers: str) -> Iterator[Case]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return (Case("GET", target, user, headers=sent) for target in targets)


def with_query(path: str, queries: str) -> list[str]:
    """Return a target for each query in a text with one query a line."""
    return [path + ("?" if "?" not in path else "") + query for query in queries.split()]


def send(
    method: str, target: str, bodies: Iterable[Any], user: str = "admin", content_type: str = JSON
) -> Iterator[Case]:
    headers = {} if content_type == JSON else {"Content-Type": content_type}
    return (Case(method, target, user, body, headers) for body in bodies)


LISTS = [
    MAPPED,
    f"{KINDS}?limit=3",
    f"{DAG}/dagRuns/~/taskInstances/~/xcomEntries?limit=3&offset=170",
    f"{DAG}/dagRuns/~/taskInstances/mapped/xcomEntries?limit=3&offset=8",
    f"/dags/~/dagRuns/{RUN}/taskInstances/one/xcomEntries",
    f"/dags/~/dagRuns/{RUN}/taskInstances/~/xcomEntries?offset=90&limit=2",
    f"{ALL}?limit=2",
    f"{ALL.replace('~', '%7E')}?limit=2",
    f"/dags/close/dagRuns/{CLOSE}/taskInstances/one/xcomEntries",
    f"/dags/nope/dagRuns/{RUN}/taskInstances/mapped/xcomEntries",
    f"{DAG}/dagRuns/nope/taskInstances/mapped/xcomEntries",
    f"{TASKS}/nope/xcomEntries",
    f"/dags/Contract/dagRuns/{RUN}/taskInstances/mapped/xcomEntries",
    f"/dags/a%2Fb/dagRuns/{RUN}/taskInstances/mapped/xcomEntries",
    f"{TASKS}/a%2Fb/xcomEntries",
    f"{TASKS}/mapped%2FxcomEntries",
    f"{TASKS}//xcomEntries",
    f"{MAPPED}/",
    f"{MAPPED}//",
    f"/{MAPPED}",
    *with_query(f"{MANY}", "limit=0&offset=249 limit=1 limit=10000&offset=190 limit=-1 limit=abc limit=2.5 limit=2.0"),
    *with_query(f"{MANY}", "limit= limit=1e1 limit=%201 limit=+1 limit=%2B1 limit=01 limit=1_0 limit=0x1 limit=true"),
    *with_query(
        f"{MANY}", "limit=1&limit=2 limit=9999999999999999999999&offset=248 LIMIT=1&offset=249 limit[]=1&offset=249"
    ),
    *with_query(f"{MANY}?limit=2", "&offset=0 &offset=248 &offset=250 &offset=9999 &offset=-1 &offset=abc &offset=2.5"),
    *with_query(f"{MANY}?limit=2", "&offset= &offset=9223372036854775807 &offset=9223372036854775808"),
    *with_query(f"{MANY}?limit=2", "&offset=99999999999999999999999 &offset=1&offset=3"),
    *with_query(
        MAPPED, "xcom_key=square xcom_key= xcom_key=nope xcom_key=SQUARE xcom_key=square&xcom_key=return_value"
    ),
    *with_query(MAPPED, "map_index=0 map_index=-1 map_index=-2 map_index=abc map_index= map_index=2.0 map_index=99"),
    *with_query(MAPPED, "map_index=9223372036854775808 map_index=2&xcom_key=return_value map_index=1&map_index=2"),
    f"{ODD}?xcom_key=%D0%BA%D0%BB%D1%8E%D1%87",
    f"{ODD}?xcom_key=with%2Fslash",
    f"{ODD}?xcom_key=with%20space",
    f"{ODD}?xcom_key=with+space",
    f"{ODD}?xcom_key=with%2Bplus",
    f"{ODD}?xcom_key=%FF",
    f"{ODD}?xcom_key=with%26amp%3Deq",
    f"{MAPPED}?foo=1",
    f"{MAPPED}?foo=1&limit=a",
    f"{MAPPED}?",
    f"{MAPPED}?&&limit=1",
    f"{MAPPED}?=1&limit=1",
    f"{MAPPED}?limit=1#fragment",
]

LISTS_V2 = [
    *with_query(MAPPED, "order_by=-key order_by=key&limit=2 order_by=map_index&order_by=-key order_by=nope order_by="),
    *with_query(
        MAPPED, "order_by=-map_index&order_by=key&limit=3 order_by=value order_by=-timestamp&limit=0 order_by=run_after"
    ),
    *with_query(MAPPED, "order_by=key,map_index " + "order_by=" + "&order_by=".join(["key"] * 11)),
    *with_query(MAPPED, "map_index_filter=1 map_index_filter=abc map_index_filter=-2 map_index_filter=1&map_index=2"),
    *with_query(f"{ALL}?limit=3", "&xcom_key_pattern=square &xcom_key_pattern=SQU% &xcom_key_pattern=k02_0"),
    *with_query(f"{ALL}?limit=3", "&xcom_key_pattern=square|first &xcom_key_pattern=~ &xcom_key_pattern="),
    *with_query(f"{ALL}?limit=3", "&xcom_key_pattern=%25slash &run_id_pattern=2024-02 &task_id_pattern=group"),
    *with_query(f"{ALL}?limit=3", "&dag_display_name_pattern=man &dag_display_name_pattern=nope &task_id_pattern=|"),
    *with_query(f"{ALL}?limit=3", "&xcom_key_prefix_pattern=squ &xcom_key_prefix_pattern=quare"),
    *with_query(f"{ALL}?limit=3", "&run_id_prefix_pattern=manual__2024-02 &task_id_prefix_pattern=group.&limit=1"),
    *with_query(
        f"{ALL}?limit=3", "&logical_date_gte=2024-02-01T00:00:00Z &logical_date_gt=2024-04-05T06:07:08.123456Z"
    ),
    *with_query(f"{ALL}?limit=3", "&logical_date_lte=2024-01-01T00:00:00Z &logical_date_lt=2024-01-01T00:00:00Z"),
    *with_query(f"{ALL}?limit=3", "&run_after_gte=2024-03-01T00:00:00Z &run_after_lt=2024-01-02T00:00:00%2B00:00"),
    *with_query(f"{ALL}?limit=1", "&logical_date_gte=2024-01-01 &logical_date_gte=2024-01-01T00:00:00"),
    *with_query(f"{ALL}?limit=1", "&logical_date_gte=abc &logical_date_gte= &logical_date_gte=2024-13-01T00:00:00Z"),
    *with_query(f"{ALL}?limit=1", "&logical_date_gte=1704067200 &run_after_gte=2024-01-01T00:00:00+00:00"),
    *with_query(
        f"{ALL}?limit=1", "&run_after_gt=2024-01-01T00:00Z &run_after_lte=24 &logical_date_gte=2024-02-30T00:00Z"
    ),
]
LISTS_V1 = with_query(MAPPED, "order_by=-key xcom_key_pattern=square map_index_filter=1 stringify=true")

_ALL_KEYS = [*dataset.KINDS, *dataset.REFUSED]
ENTRIES = [
    *(f"{KINDS}/{key}" for key in _ALL_KEYS),
    *with_query(f"{KINDS}/dict", "stringify=1 stringify=False stringify=TRUE stringify=yes stringify=maybe stringify="),
    *with_query(f"{KINDS}/dict", "stringify=true&stringify=false deserialize=maybe deserialize= deserialize=false"),
    *with_query(f"{KINDS}/dict", "deserialize=true foo=1 stringify=f&deserialize=0 limit=1 Stringify=false"),
    *with_query(f"{KINDS}/dict", "stringify=t&deserialize=n stringify=on stringify=off stringify=y stringify=0"),
    f"{MAPPED}/return_value",
    *with_query(
        f"{MAPPED}/return_value", "map_index=2 map_index=-1 map_index=99 map_index=abc map_index= map_index=1.0"
    ),
    *with_query(f"{MAPPED}/return_value", "map_index=-2 map_index=9223372036854775808 map_index=1&map_index=3"),
    f"{MAPPED}/return_value?map_index=2&stringify=false",
    f"{TASKS}/multi/xcomEntries/return_value",
    f"{TASKS}/group.inner/xcomEntries/return_value",
    f"/dags/close/dagRuns/{CLOSE}/taskInstances/one/xcomEntries/run",
    f"{KINDS}/nope",
    f"{KINDS}/STR",
    f"/dags/nope/dagRuns/{RUN}/taskInstances/kinds/xcomEntries/str",
    f"{DAG}/dagRuns/nope/taskInstances/kinds/xcomEntries/str",
    f"{TASKS}/nope/xcomEntries/str",
    f"/dags/~/dagRuns/{RUN}/taskInstances/kinds/xcomEntries/str",
    f"{DAG}/dagRuns/~/taskInstances/kinds/xcomEntries/str",
    f"{TASKS}/~/xcomEntries/str",
    f"/dags/a%2Fb/dagRuns/{RUN}/taskInstances/kinds/xcomEntries/str",
    f"{DAG}/dagRuns/a%2Fb/taskInstances/kinds/xcomEntries/str",
    f"{TASKS}/a%2Fb/xcomEntries/str",
    f"/dags/%C3%A9/dagRuns/{RUN}/taskInstances/kinds/xcomEntries/str",
    f"{DAG}/dagRuns/{dataset.RUN_1}/taskInstances/kinds/xcomEntries/str",
    f"{TASKS}/kinds//xcomEntries/str",
    f"{KINDS}/str/",
    *(f"{ODD}/{quote(key, safe='')}" for key in dataset.ODD_KEYS),
    *(f"{ODD}/{quote(key, safe='')}?stringify=false" for key in dataset.ODD_KEYS[:4]),
    *(f"{ODD}/{raw}" for raw in ("with+plus", "with+space", "%2E%2E", "%2E", "with/slash", "with%252Fslash", "%zz")),
    *(f"{ODD}/{raw}" for raw in ("%FF", "%00", "a%0Ab", "%20", "with:colon", "with;semi", "~", "%7e", "a%25zz")),
    f"{ODD}/{'k' * 5000}",
]
#: The other value of ``stringify`` than the API's default.
STRINGIFIED_V1 = [f"{KINDS}/{key}?stringify=false" for key in _ALL_KEYS]
STRINGIFIED_V2 = [f"{KINDS}/{key}?stringify=true" for key in _ALL_KEYS]
DESERIALIZED = [
    *(f"{KINDS}/{key}?deserialize=true" for key in _ALL_KEYS),
    *(f"{KINDS}/{key}?deserialize=true&stringify={flag}" for flag in ("false", "true") for key in _ALL_KEYS),
]
DESERIALIZED_V1, DESERIALIZED_V2 = (
    DESERIALIZED[: 2 * len(_ALL_KEYS)],
    [one for one in DESERIALIZED if "=false" not in one],
)

RUNS = [
    *(f"/dags/{dag}/dagRuns" for dag in ("contract", "other", "close", "nope", "~?limit=2", "%7E?limit=1")),
    *with_query(f"{DAG}/dagRuns", "limit=1 limit=0 limit=-1 limit=abc limit=1&offset=1 offset=9 offset=-1 offset=x"),
    *with_query(f"{DAG}/dagRuns", "state=success state=failed state=queued state=nope state=success,failed state="),
    *with_query(f"{DAG}/dagRuns", "state=success&state=failed order_by=-id order_by=id order_by=state order_by=nope"),
    *with_query(f"{DAG}/dagRuns", "order_by=-start_date&limit=0 order_by=dag_run_id order_by=-dag_run_id&limit=1"),
    *with_query(
        f"{DAG}/dagRuns", "order_by=run_id order_by= order_by=conf order_by=-execution_date order_by=-run_after"
    ),
    *with_query(f"{DAG}/dagRuns", "start_date_gte=2020-01-01T00:00:00Z end_date_lte=2020-01-01T00:00:00Z foo=1"),
    *with_query(f"{DAG}/dagRuns", "start_date_gte=abc end_date_gte= updated_at_gte=2020-01-01T00:00:00Z fields=dag_id"),
    *with_query(
        "/dags/~/dagRuns", "order_by=-id&limit=2 order_by=dag_id&limit=2 limit=200&offset=999 limit=2&offset=3"
    ),
    f"{DAG}/dagRuns/",
    f"{DAG}/dagRuns/{RUN}",
    f"{DAG}/dagRuns/{RUN}/",
    f"{DAG}/dagRuns/nope",
    f"{DAG}/dagRuns/~",
    f"/dags/nope/dagRuns/{RUN}",
    f"/dags/~/dagRuns/{RUN}",
    f"/dags/other/dagRuns/{quote(dataset.RUN_WITHOUT_DATE, safe='')}",
    f"/dags/close/dagRuns/{CLOSE}",
]
RUNS_V1 = [
    *with_query(f"{DAG}/dagRuns", "execution_date_gte=2024-02-01T00:00:00Z execution_date_lte=2024-01-01T00:00:00Z"),
    *with_query(
        f"{DAG}/dagRuns", "execution_date_gte=2024-02-01 execution_date_gte=2024-02-01T00:00:00 limit=1&limit=2"
    ),
    *with_query("/dags/close/dagRuns", "execution_date_gte=2024-04-05T06:07:08.123457%2B00:00 logical_date_gte=2024Z"),
    *with_query(f"{DAG}/dagRuns", "fields=dag_run_id,state fields=nope fields= run_after_gte=2024-01-01T00:00:00Z"),
    *with_query(f"{DAG}/dagRuns/{RUN}", "fields=state fields=dag_id,conf fields=nope fields= foo=1"),
]
RUNS_V2 = [
    *with_query(f"{DAG}/dagRuns", "logical_date_gte=2024-02-01T00:00:00Z logical_date_lte=2024-01-01T00:00:00Z"),
    *with_query(f"{DAG}/dagRuns", "logical_date_gte=2024-02-01 logical_date_gte=2024-02-01T00:00:00 run_after_gte=x"),
    *with_query("/dags/close/dagRuns", "logical_date_gt=2024-04-05T06:07:08.123456Z run_after_lt=2024-04-05T06:07:09Z"),
    *with_query("/dags/other/dagRuns", "order_by=logical_date order_by=-logical_date order_by=run_after&order_by=-id"),
    *with_query("/dags/~/dagRuns", "run_id_pattern=2024-04&limit=3 run_id_prefix_pattern=manual__2024-03&limit=3"),
    *with_query(
        "/dags/~/dagRuns", "dag_id_pattern=clo&limit=3 dag_id_prefix_pattern=oth&limit=3 order_by=-dag_id&limit=1"
    ),
    *with_query(f"{DAG}/dagRuns/{RUN}", "fields=state foo=1"),
]
WAITS = [
    *with_query(
        f"{DAG}/dagRuns/{RUN}/wait",
        "interval=1 interval=0.5 interval=0 interval=-1 interval=abc interval= foo=1"
        " interval=1&result=multi interval=1&result=mapped interval=1&result=nope interval=1&result=multi&result=mapped"
        " interval=1&result=group.inner",
    ),
    f"{DAG}/dagRuns/{RUN}/wait",
    f"{DAG}/dagRuns/nope/wait?interval=1",
    f"/dags/nope/dagRuns/{RUN}/wait?interval=1",
]

REST = [
    *(f"/dags/{dag}{path}" for dag in ("contract", "nope", "~") for path in ("", "/details", "/tasks")),
    *(f"{DAG}/tasks/{task}" for task in ("kinds", "mapped", "group.inner", "nope", "~")),
    "/dags/triggered_leaves/tasks",
    "/dags/triggered_mapped/tasks",
    "/dags/triggered_paused",
    "/dags/nope/tasks/kinds",
    f"{DAG}/",
    *with_query(f"{DAG}/tasks", "order_by=-task_id order_by=nope order_by= order_by=owner"),
    *with_query(DAG, "fields=dag_id foo=1"),
    "/dags/contract%2Fdetails",
    TASKS,
    *with_query(TASKS, "limit=2 limit=0 limit=-1 limit=abc offset=9 offset=1&limit=1 offset=-1 state=success&limit=1"),
    *with_query(
        TASKS,
        "state=failed state=nope state=none state=success&state=failed&limit=1 state=&limit=1 foo=1&limit=1"
        " limit=10000&offset=8",
    ),
    f"{DAG}/dagRuns/~/taskInstances?limit=2&offset=9",
    "/dags/~/dagRuns/~/taskInstances?limit=2",
    f"{DAG}/dagRuns/nope/taskInstances",
    f"/dags/nope/dagRuns/{RUN}/taskInstances",
    "/dags/nope/dagRuns/~/taskInstances",
    *(f"{TASKS}/{path}" for path in ("kinds", "mapped", "group.inner", "nope", "~", "kinds/", "a%2Fb")),
    *(
        f"{TASKS}/{path}"
        for path in ("mapped/0", "mapped/4", "mapped/99", "mapped/-1", "mapped/abc", "kinds/0", "kinds/-1")
    ),
    f"/dags/nope/dagRuns/{RUN}/taskInstances/kinds",
    f"{DAG}/dagRuns/nope/taskInstances/kinds",
    *(f"{TASKS}/{task}/listMapped" for task in ("mapped", "kinds", "nope", "mapped?limit=2", "~")),
    *with_query(
        f"{TASKS}/mapped/listMapped",
        "limit=1&offset=4 limit=-1 state=failed state=nope offset=x order_by=-map_index&limit=1 foo=1&limit=0",
    ),
    f"/dags/nope/dagRuns/{RUN}/taskInstances/mapped/listMapped",
    f"{DAG}/dagRuns/nope/taskInstances/mapped/listMapped",
    *(f"{TASKS}/{path}" for path in ("kinds/logs/1", "kinds/logs/0", "kinds/logs/2", "kinds/logs/abc", "nope/logs/1")),
    *(f"{TASKS}/{path}" for path in ("mapped/logs/1", "mapped/logs/1?map_index=1", "kinds/logs/1?map_index=0")),
    *with_query(f"{TASKS}/kinds/logs/1", "full_content=true full_content=x map_index=x token=abc token= foo=1"),
    f"{DAG}/dagRuns/nope/taskInstances/kinds/logs/1",
    f"/dags/nope/dagRuns/{RUN}/taskInstances/kinds/logs/1",
    f"{TASKS}/kinds/logs/-1",
    f"{TASKS}/kinds/logs",
    "/importErrors",
    *with_query(
        "/importErrors", "limit=1 limit=-1 limit=x offset=x offset=1 order_by=-import_error_id order_by=timestamp"
    ),
    *with_query(
        "/importErrors", "order_by=nope order_by= order_by=filename foo=1 order_by=-id order_by=import_error_id"
    ),
    "/importErrors/",
    "/version",
    "/version/",
    "/version?foo=1",
    "/nope",
    "/",
    "",
    f"{DAG}/nope",
    "^/api",
    "^/api/",
    "^/api/v3/version",
    "^/nope",
    "^/nope/",
    "^/health",
]
LOG_TYPES = ("text/plain", "application/json", "*/*", "application/x-ndjson", "text/html", "text/plain, */*", "")
