"""The table of requests of each flavour: reads, writes, logins, and odd methods, paths and headers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.contract import dataset
from tests.contract.fidelity.cases import (
    ALL,
    DAG,
    DESERIALIZED_V1,
    DESERIALIZED_V2,
    ENTRIES,
    FORM,
    IDLE,
    JSON,
    KINDS,
    LISTS,
    LISTS_V1,
    LISTS_V2,
    LOG_TYPES,
    MAPPED,
    ODD,
    REST,
    RUN,
    RUNS,
    RUNS_V1,
    RUNS_V2,
    STRINGIFIED_V1,
    STRINGIFIED_V2,
    TASKS,
    WAITS,
    Case,
    get,
    send,
)

#: Reads that need different roles, and one that needs none.
_GUARDED = [
    MAPPED,
    f"{KINDS}/str",
    f"{ALL}?limit=1",
    f"/dags/nope/dagRuns/{RUN}/taskInstances/kinds/xcomEntries/str",
    f"{KINDS}/nope",
    f"{DAG}/dagRuns/{RUN}",
    "/dags/~/dagRuns?limit=1",
    "/dags/nope/dagRuns",
    DAG,
    "/dags/nope",
    f"{DAG}/tasks/kinds",
    f"{TASKS}/kinds",
    f"{TASKS}/kinds/logs/1",
    "/importErrors",
    f"{MAPPED}?limit=a",
    f"{MAPPED}?limit=-1",
    f"{KINDS}/str?deserialize=true",
    "/nope",
    "/version",
]
_METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE")
_WRITTEN = [
    "text", "", 1, 0, -1.5, 1.0, 2**53 + 1, 2**70, True, False, None, [], {}, [1, None, {"a": "\u00e9\U0001f600"}],
    {"a": {"b": [1]}}, '{"a": 1}', "[1", "null", "\u0000", {"": 1}, {"__classname__": "datetime.date"},
    {"a": [{"__type": "set", "__var": []}]}, '{"__data__": 1}', {"__id__": 1}, {"__source": 1}, {"__cache__": 1},
    [[{"__version__": 1}]], "\ud800",
]  # fmt: skip
#: Bodies that a POST of an XCom refuses or does not expect.
_XCOM_BODIES = [
    {}, {"key": "only"}, {"value": 1}, {"key": None, "value": 1}, {"key": 1, "value": 1}, {"key": "", "value": 1},
    {"key": "x", "value": 1, "foo": 1}, {"key": "x", "value": 1, "map_index": "a"}, [], [1], "null", '"text"', "1", "",
    '{"key": "a"', "{'key': 1}", '{"key": "nan", "value": NaN}', '{"key": "inf", "value": [Infinity]}', "\u00e9",
    {"key": "x", "value": 1, "map_index": 1.5}, {"key": "x", "value": 1, "map_index": None},
    {"key": "x", "value": 1, "map_index": 99}, {"key": "x", "value": 1, "map_index": -2},
    {"key": "x", "value": 1, "map_index": True}, {"key": "float index", "value": 1, "map_index": -1.0},
    {"key": "text index", "value": 1, "map_index": "-1"}, {"key": "\u00fc/ \U0001f600", "value": 1},
    {"key": "k" * 600, "value": 1}, b"\xff\xfe", b'{"key": "latin", "value": "\xe9"}',
]  # fmt: skip
_DATE = "2024-05-05T00:00:00+00:00"
#: Bodies of triggers.
_TRIGGERS = [
    {}, {"dag_run_id": "a"}, {"dag_run_id": "a"}, {"dag_run_id": ""}, {"dag_run_id": None}, {"dag_run_id": 1},
    {"dag_run_id": "b", "conf": {"a": [1, None, "\u00e9"]}}, {"dag_run_id": "c", "conf": None},
    {"dag_run_id": "d", "conf": []}, {"dag_run_id": "d", "conf": "{}"}, {"dag_run_id": "d", "note": "n"},
    {"dag_run_id": "e", "note": None}, {"dag_run_id": "f", "note": "n" * 1001}, {"dag_run_id": "f", "note": 1},
    {"dag_run_id": "g", "logical_date": _DATE}, {"dag_run_id": "h", "logical_date": _DATE},
    {"dag_run_id": "i", "logical_date": "2024-05-06"}, {"dag_run_id": "i", "logical_date": "2024-05-06T00:00:00"},
    {"dag_run_id": "j", "logical_date": "abc"}, {"dag_run_id": "j", "logical_date": 1714900000}, {"foo": 1},
    {"logical_date": "2024-05-07T00:00:00Z"}, {"logical_date": "2024-05-08T02:00:00+02:00"},
    {"dag_run_id": "scheduled__x"}, {"dag_run_id": "a b"}, {"dag_run_id": "a/b"}, {"dag_run_id": "\u00e9"},
    {"dag_run_id": "k", "data_interval_start": _DATE}, {"dag_run_id": "k", "state": "success"},
    {"dag_run_id": "l", "logical_date": "2024-05-09T00:00:00Z", "data_interval_start": "2024-05-08T00:00:00Z",
     "data_interval_end": "2024-05-09T00:00:00Z"},
    {"dag_run_id": "m", "data_interval_start": "2024-05-08T00:00:00Z", "data_interval_end": "x"},
    {"dag_run_id": "n", "run_type": "manual"}, {"dag_run_id": "manual__n", "external_trigger": True},
    [], "", "{", "1", "null", '"a"',
]  # fmt: skip
_RUN_LISTS_V1 = [
    {}, {"page_limit": 2}, {"page_limit": 0}, {"page_limit": -1}, {"page_limit": "1"}, {"page_offset": 5},
    {"page_offset": -1}, {"dag_ids": ["contract"]}, {"dag_ids": "contract"}, {"dag_ids": [1]}, {"dag_ids": []},
    {"dag_ids": ["nope"]}, {"states": ["success"], "dag_ids": ["close"]}, {"states": ["nope"]}, {"foo": 1},
    {"order_by": "-id", "page_limit": 2}, {"order_by": "nope"}, {"execution_date_gte": "2024-04-01T00:00:00Z"},
    {"execution_date_lte": "2024-04-01"}, {"execution_date_lte": 1}, [], "", "{", "null",
]  # fmt: skip


def flavour_table(version: str, auth: str) -> list[Case]:
    """Return the requests of a flavour: all of them, or those about logins if it is not a release's first one."""
    if version.startswith("2."):
        tables = [_logins_v1()] if auth != "basic" else [_reads_v1(), _rest_v1(), _writes_v1(), _logins_v1()]
        if auth == "session":
            tables.append(get(DESERIALIZED_V1))
    else:
        tables = [_logins_v2()] if auth != "simple" else [_reads_v2(version), _rest_v2(), _writes_v2(), _logins_v2()]
    cases = [case for table in tables for case in table]
    if auth == "basic":  # a header line of gunicorn has a limit
        cases.append(Case("GET", f"{KINDS}/str", headers={"X-Long": "x" * 9000}, label="long header"))
    return cases


def _reads_v1() -> Iterator[Case]:
    yield from get([*LISTS, *LISTS_V1, *ENTRIES, *STRINGIFIED_V1, *RUNS, *RUNS_V1, *REST, "/health", "/health?x=1"])
    yield from get([f"{KINDS}/dict?deserialize=true", "^/api/v2/version", "^/home", "^/"])


def _reads_v2(version: str) -> Iterator[Case]:
    yield from get([*LISTS, *LISTS_V2, *ENTRIES, *STRINGIFIED_V2, *DESERIALIZED_V2, *RUNS, *RUNS_V2, *REST, *WAITS])
    yield from get(["/monitor/health", "/health", "^/api/v1/version", "^/api/v1/nope", "^/api/v1", "^/", "^/home"])


def _rest_v1() -> Iterator[Case]:
    yield from _odd_methods([*_PATHS, "/health", "/dags/~/dagRuns/list"])
    yield from _odd_headers()


def _rest_v2() -> Iterator[Case]:
    yield from _odd_methods([*_PATHS, "/monitor/health", f"{DAG}/dagRuns/{RUN}/wait", "^/auth/token", "^/nope"])
    yield from _odd_headers()


_PATHS = [MAPPED, f"{KINDS}/str", f"{DAG}/dagRuns", "/version", "/nope", f"{TASKS}/kinds/logs/1", "/importErrors"]


def _odd_methods(paths: list[str]) -> Iterator[Case]:
    allowed = {
        (MAPPED, "POST"), (f"{KINDS}/str", "PATCH"), (f"{KINDS}/str", "DELETE"), (f"{DAG}/dagRuns", "POST"),
        ("^/auth/token", "POST"),
    }  # fmt: skip
    for path in paths:
        for method in _METHODS:
            if (path, method) not in allowed:
                yield Case(method, path)
    yield Case("PUT", f"{KINDS}/str", body={"value": 1})
    yield Case("PUT", f"{KINDS}/str", "", body={"value": 1})
    yield Case("OPTIONS", MAPPED, headers={"Origin": "http://a.example", "Access-Control-Request-Method": "GET"})


def _odd_headers() -> Iterator[Case]:
    for kind in LOG_TYPES:
        yield from get([f"{TASKS}/kinds/logs/1", f"{KINDS}/str"], Accept=kind)
    for encoding in ("gzip", "identity", "br", "gzip, deflate;q=0.5", "*", "gzip;q=0", "deflate", "GZIP"):
        yield from get([f"{MAPPED}?limit=2", "/version"], Accept_Encoding=encoding)
    yield Case("GET", f"{KINDS}/str", headers={"If-None-Match": "*"})
    yield Case("GET", f"{KINDS}/str", headers={"Accept-Language": "de"})
    yield Case("GET", f"{KINDS}/str", headers={"Content-Type": "text/plain"})
    yield Case("GET", f"{KINDS}/str", body={"ignored": 1})
    yield Case("GET", f"{KINDS}/str", headers={"Range": "bytes=0-3"})
    yield Case("GET", f"{KINDS}/str", headers={"X-HTTP-Method-Override": "DELETE"})
    yield Case("GET", f"{KINDS}/str", headers={"X-Forwarded-Prefix": "/x", "X-Forwarded-Host": "h"})


def _writes_v1() -> Iterator[Case]:
    yield from send("POST", IDLE, _TRIGGERS)
    yield from send("POST", IDLE, [{"dag_run_id": "o", "execution_date": "2024-06-01T00:00:00Z"}])
    yield from send("POST", IDLE, [{"logical_date": _DATE, "execution_date": "2024-06-01T00:00:00Z"}])
    yield from _more_triggers()
    yield from send("POST", "/dags/~/dagRuns/list", _RUN_LISTS_V1)
    yield from send("POST", "/dags/~/dagRuns/list", [{}], "", JSON)
    yield from send("POST", "/dags/~/dagRuns/list", [{"page_limit": 1}], "nobody")
    yield from send("POST", "/dags/~/dagRuns/list", [{"page_limit": 1}], "viewer")
    yield from send("POST", "/dags/~/dagRuns/list?foo=1", [{"page_limit": 1}])
    yield from send("POST", "/dags/contract/dagRuns/list", [{"page_limit": 1}])
    yield from get([IDLE, f"{IDLE}?state=queued&limit=1", f"{IDLE}/a", f"{IDLE}/a/taskInstances", f"{IDLE}/l"])


def _more_triggers() -> Iterator[Case]:
    """Triggers by other users, of other DAGs and of other types."""
    body = {"dag_run_id": "z", "logical_date": "2024-07-01T00:00:00Z"}
    for kind in ("text/plain", FORM, "application/json; charset=utf-8", "application/vnd.api+json", "", "json"):
        yield from send("POST", IDLE, [{**body, "dag_run_id": f"type of {kind}"}], content_type=kind)
    yield from send("POST", IDLE, ["a=1"], content_type=FORM)
    yield Case("POST", IDLE)
    yield from send("POST", f"{IDLE}?foo=1", [body])
    for user in ("viewer", "nobody", "wrong-password", ""):
        yield from send("POST", IDLE, [body, {"foo": 1}, "{"], user)
    for dag in ("nope", "~", "a%2Fb"):
        yield from send("POST", f"/dags/{dag}/dagRuns", [body])
    yield from send("POST", f"{IDLE}/", [body])
    yield Case("POST", IDLE, body={"dag_run_id": "big", "conf": {"x": "y" * 2_000_000}, "foo": 1}, label="of 2 MB")


def _writes_v2() -> Iterator[Case]:
    yield from send("POST", IDLE, [{"logical_date": None, **body} for body in _TRIGGERS if isinstance(body, dict)])
    yield from send("POST", IDLE, [body for body in _TRIGGERS if not isinstance(body, dict)])
    yield from send("POST", IDLE, [{}, {"dag_run_id": "p"}, {"dag_run_id": "q", "logical_date": ""}])
    yield from send("POST", IDLE, [{"logical_date": None, "run_after": "2024-06-02T00:00:00Z"}])
    yield from send("POST", IDLE, [{"logical_date": None, "dag_run_id": "r", "run_after": "x"}])
    yield from send("POST", IDLE, [{"logical_date": None, "dag_run_id": "s", "partition_key": "k"}])
    yield from send("POST", IDLE, [{"logical_date": None, "dag_run_id": "t", "partition_key": 1}])
    yield from _more_triggers()
    yield from get([IDLE, f"{IDLE}?state=queued&limit=1", f"{IDLE}/a", f"{IDLE}/a/taskInstances", f"{IDLE}/l"])
    for number, value in enumerate(_WRITTEN):
        yield Case("POST", ODD, body={"key": f"w{number}", "value": value})
        yield from get([f"{ODD}/w{number}"])
    yield from send("POST", ODD, _XCOM_BODIES)
    yield from send("POST", ODD, [{"key": "w0", "value": 2}, {"key": "w0", "value": 2, "map_index": 3}])
    for kind in ("text/plain", FORM, "application/json; charset=utf-8", "application/vnd.api+json", "", "json"):
        yield from send("POST", ODD, [{"key": f"of {kind}", "value": 1}], content_type=kind)
    yield Case("POST", ODD)
    yield from send("POST", MAPPED, [{"key": "w", "value": 1, "map_index": 1}, {"key": "w", "value": 1}])
    yield from get([f"{MAPPED}?xcom_key=w", f"{MAPPED}/w?map_index=1"])
    for path in _ELSEWHERE:
        yield from send("POST", path, [{"key": "a", "value": 1}])
    for number, value in enumerate(_WRITTEN):
        yield Case("PATCH", f"{ODD}/w{number}", body={"value": value})
    yield from get(f"{ODD}/w{number}" for number in range(len(_WRITTEN)))
    yield from send("PATCH", f"{ODD}/w0", [{}, {"value": 1, "foo": 1}, {"value": 1, "map_index": 3}, [], "", "{", "1"])
    yield from send("PATCH", f"{ODD}/w0", [{"value": 1, "map_index": "x"}, {"value": 1, "key": "w0"}, b"\xff"])
    yield from send("PATCH", f"{ODD}/w0?map_index=3", [{"value": 5}])
    yield from send("PATCH", f"{MAPPED}/w", [{"value": 2, "map_index": 1}, {"value": 2}])
    for path in (
        *(f"{ODD}/{key}" for key in ("nope", "with%2Fslash", "..", "", "with%20space")),
        f"{TASKS}/nope/xcomEntries/a",
    ):
        yield from send("PATCH", path, [{"value": "patched"}])
    for user in ("viewer", "nobody", "xcoms-only", "", "wrong-signature"):
        yield from send("POST", ODD, [{"key": "u", "value": 1}, {}, "{"], user)
        yield from send("PATCH", f"{ODD}/w0", [{"value": 1}, {}], user)
        yield Case("DELETE", f"{ODD}/w0", user)
    for path in (
        f"{ODD}/w0",
        f"{ODD}/w0",
        f"{ODD}/w1?map_index=0",
        f"{ODD}/w1?map_index=x",
        f"{ODD}/w1?foo=1",
        f"{MAPPED}/w",
    ):
        yield Case("DELETE", path)
    for path in (
        f"{MAPPED}/w?map_index=1",
        f"{ODD}/with%2Fslash",
        f"{ODD}/",
        f"{ODD}/nope",
        "/dags/nope/dagRuns/r/taskInstances/t/xcomEntries/k",
    ):
        yield Case("DELETE", path)
    yield Case("DELETE", f"{ODD}/w2", body={"map_index": -1})
    yield from get([f"{ODD}?xcom_key_pattern=w", f"{MAPPED}?xcom_key=w"])
    yield Case("POST", ODD, body={"key": "big", "value": "y" * 2_000_000}, label="of 2 MB")
    yield Case("GET", f"{ODD}/big", headers={"Accept-Encoding": "gzip"})


_ELSEWHERE = [
    f"/dags/nope/dagRuns/{RUN}/taskInstances/kinds/xcomEntries",
    f"{DAG}/dagRuns/nope/taskInstances/kinds/xcomEntries",
    f"{TASKS}/nope/xcomEntries",
    f"/dags/~/dagRuns/{RUN}/taskInstances/kinds/xcomEntries",
    f"{DAG}/dagRuns/~/taskInstances/kinds/xcomEntries",
    f"{TASKS}/~/xcomEntries",
    f"{ODD}/",
]


def _logins_v1() -> Iterator[Case]:
    for user in (*dataset.USERS, *dataset.USERS_OF_FAB, ""):
        yield from get(_GUARDED, user)
    for user in (
        "wrong-password", "unknown-user", "empty-password", "upper-case", "basic-garbage", "basic-empty", "no-colon",
        "bearer", "lower-case-scheme", "scheme-alone", "two-spaces", "session", "session-of-nobody", "session-unknown",
        "session-anonymous", "session-and-wrong-password",
    ):  # fmt: skip
        yield from get([f"{MAPPED}?limit=1", f"{KINDS}/str", "/version", "/nope", "^/home"], user)
    yield from get(["^/login/", "^/login", "^/login/?next=/home", "^/home", "^/", "^/nope"], "")
    yield from get(["^/login/", "^/login", "^/", "^/logout/x"], "session")
    yield from (Case(method, "^/login/", "") for method in ("HEAD", "OPTIONS", "PUT"))
    form = "username={}&password={}&csrf_token={{csrf}}"
    good = form.format("admin", "admin-pw")
    for user in ("form", ""):
        for body in (
            good, form.format("admin", "wrong"), form.format("ghost", "x"), form.format("admin", ""),
            form.format("", "admin-pw"), "csrf_token={csrf}", "username=admin&password=admin-pw",
            "username=admin&password=admin-pw&csrf_token=x", "username=admin&password=admin-pw&csrf_token=x.y.z",
            form.format("ADMIN", "admin-pw"), form.format("odd", "p%3A%C3%A4ss+w%C3%B6rd"),
            form.format("nobody", "nobody-pw"),
        ):  # fmt: skip
            yield Case("POST", "^/login/", user, body, {"Content-Type": FORM})
    yield Case("POST", "^/login/", "form", good, {"Content-Type": JSON})
    yield Case("POST", "^/login/?next=/home", "form", good, {"Content-Type": FORM})
    yield Case("POST", "^/login", "form", good, {"Content-Type": FORM})
    yield Case("POST", "^/login/", "form")


def _logins_v2() -> Iterator[Case]:
    for user in (*dataset.USERS, "xcoms-only", ""):
        yield from get(_GUARDED, user)
    for user in (
        "expired", "wrong-audience", "wrong-signature", "no-expiry", "not-yet-valid", "unknown-subject", "bearer",
        "bearer-empty", "basic", "basic-garbage", "lower-case-scheme", "scheme-alone", "two-spaces", "token-in-cookie",
        "cookie-of-garbage", "no-algorithm",
    ):  # fmt: skip
        yield from get([f"{MAPPED}?limit=1", f"{KINDS}/nope", f"{MAPPED}?limit=x", "/version", "/nope"], user)
    bodies = [
        {"username": "admin", "password": "admin-pw"}, {"username": "admin", "password": "wrong"},
        {"username": "ghost", "password": "x"}, {"username": "admin"}, {"password": "admin-pw"}, {},
        {"username": "admin", "password": ""}, {"username": "", "password": ""}, {"username": None, "password": None},
        {"username": 1, "password": 2}, {"username": "admin", "password": 1},
        {"username": "ADMIN", "password": "admin-pw"}, {"username": "admin", "password": "admin-pw", "foo": 1},
        {"username": "odd", "password": "p:\u00e4ss w\u00f6rd"},
        {"username": "nobody", "password": "nobody-pw"}, {"username": ["admin"], "password": "admin-pw"}, [], [1], "",
        "{", "null", '"text"', "1", "username=admin&password=admin-pw", b"\xff",
    ]  # fmt: skip
    for path in ("^/auth/token", "^/auth/token/cli"):
        yield from send("POST", path, bodies, "")
        for kind in (FORM, "text/plain", "application/json; charset=utf-8", "multipart/form-data", ""):
            yield from send("POST", path, [bodies[0], "username=admin&password=admin-pw"], "", kind)
        yield Case("POST", path, "")
        yield from (Case(method, path, "") for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"))
        yield Case("GET", f"{path}/", "")
        yield from send("POST", f"{path}/", bodies[:1], "")
        yield from send("POST", f"{path}?foo=1", bodies[:1], "")
        yield from send("POST", path, bodies[:1], "bearer")
    yield from get(["^/auth/nope", "^/auth/", "^/auth", "^/auth/token/nope", "^/auth/login"], "")
