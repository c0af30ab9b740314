"""Airflow 2 as the embedded server answers, beyond the contract suite: exact bodies and refusals.

The expected answers were recorded from real servers.
"""

from __future__ import annotations

import datetime as dt
import decimal

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import RUN, TASK_2, Reply, basic, filled, get, request

DOCS = "https://airflow.apache.org/docs/apache-airflow"
PARIS = dt.timezone(dt.timedelta(hours=1))


def value(airflow: EmbeddedAirflow, key: str, query: str = "") -> str:
    """Return the JSON text of a value, or the status of a refusal."""
    reply = get(airflow, f"{TASK_2}/{key}{query}")
    return reply.body.partition('"value": ')[2][:-3] if reply.status == 200 else str(reply.status)


# ------------------------------------------------------------------------- reading


def test_an_entry_has_the_recorded_bytes(airflow_2: EmbeddedAirflow) -> None:
    reply = get(airflow_2, f"{TASK_2}/str")
    assert reply.body == (
        '{\n  "dag_id": "lab",\n  "execution_date": "2024-01-01T00:00:00+00:00",\n  "key": "str",\n'
        '  "map_index": -1,\n  "task_id": "kinds",\n  "timestamp": "2026-11-22T06:09:26.833597+00:00",\n'
        '  "value": "hello"\n}\n'
    )
    headers = {name: text for name, text in reply.headers.items() if name not in ("Date", "Content-Length")}
    assert headers == {
        "Server": "gunicorn",
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }


def test_a_list_has_the_recorded_bytes(airflow_2: EmbeddedAirflow) -> None:
    airflow_2.push_xcom("lab", RUN, "kinds", 'q"\u952e\U0001f600', 1, timestamp="2026-11-22T07:00Z")
    assert get(airflow_2, f"{TASK_2}?limit=1").body == (
        '{\n  "total_entries": 2,\n  "xcom_entries": [\n    {\n      "dag_id": "lab",\n'
        '      "execution_date": "2024-01-01T00:00:00+00:00",\n'
        '      "key": "q\\"\\u952e\\ud83d\\ude00",\n      "map_index": -1,\n'
        '      "task_id": "kinds",\n      "timestamp": "2026-11-22T07:00:00+00:00"\n'
        "    }\n  ]\n}\n"
    )
    assert get(airflow_2, f"{TASK_2}?xcom_key=no").body == '{\n  "total_entries": 0,\n  "xcom_entries": []\n}\n'


def test_the_site_limits_pages() -> None:
    with filled(maximum_page_limit=50) as airflow:
        for number in range(120):
            airflow.push_xcom("lab", RUN, "many", f"k{number}", number)
        many = TASK_2.replace("kinds", "many")
        for query, rows in (("", 50), ("?limit=60", 50), ("?limit=7", 7), ("?limit=0", 100)):
            page = get(airflow, f"{many}{query}").json
            assert (len(page["xcom_entries"]), page["total_entries"]) == (rows, 120)


@pytest.mark.parametrize(
    ("pushed", "text"),
    [
        ((1, "two", (3.0, [4, (5,)])), "\"(1,two,(3.0,[4, '(5)']))\""),
        ([(1, 2), {3}], "\"[[1, 2], '(3)']\""),
        ({1: "a", None: float("nan")}, "\"{'1': 'a', 'null': nan}\""),
        (({(1, 2): 3},), "\"({'(1, 2)': 3})\""),
        (dt.datetime(2024, 1, 2, tzinfo=PARIS), '"datetime.datetime@version=2(timestamp=1704150000.0,tz=(,,0,False))"'),
        (decimal.Decimal("1E+5"), '"decimal.Decimal@version=1(100000)"'),
        ({"__type": "tuple", "__var": [1, 2]}, '"tuple@version=0([,1,,, ,2,])"'),
        ({"__type": "dict", "__var": {"a": 1}}, "\"{'a': 1}\""),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_irregular_values_as_text(airflow_2: EmbeddedAirflow, pushed: object, text: str) -> None:
    airflow_2.push_xcom("lab", RUN, "kinds", "odd", pushed)
    assert value(airflow_2, "odd") == text


@pytest.mark.parametrize(
    ("pushed", "text", "native"),
    [
        (
            {"d": dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc)},
            "\"{'d': datetime.datetime(2024, 1, 2, 0, 0, tzinfo=Timezone('UTC'))}\"",
            '{\n    "d": "2024-01-02T00:00:00+00:00"\n  }',
        ),
        (dt.date(1, 2, 3), '"0001-02-03"', '"1-02-03"'),
        (decimal.Decimal("10"), '"10"', "10"),
        (float("inf"), '"inf"', "Infinity"),
        (float("nan"), "500", "500"),
        (dt.datetime(2024, 1, 2, tzinfo=PARIS), "500", "500"),
        (frozenset([frozenset()]), "500", "500"),
    ],
)
def test_deserialized_values(pushed: object, text: str, native: str) -> None:
    with filled(deserialize_support=True) as airflow:
        airflow.push_xcom("lab", RUN, "kinds", "odd", pushed)
        assert value(airflow, "odd", "?deserialize=true") == text
        assert value(airflow, "odd", "?deserialize=TRUE&stringify=False") == native


# ------------------------------------------------------------------------- refusing


def assert_problem(reply: Reply, status: int, title: str | None, detail: str | None, error_type: str) -> None:
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json == {"detail": detail, "status": status, "title": title, "type": error_type}


@pytest.mark.parametrize(
    ("query", "title", "detail"),
    [
        ("limit=-1", "Page limit must be a positive integer", None),
        ("foo=1&limit=a", None, "Extra query parameter(s) foo not in spec"),
        ("=1", None, "Extra query parameter(s)  not in spec"),
        ("offset=a&limit=2.5", "Bad Request", "Wrong type, expected 'integer' for query parameter 'limit'"),
        ("limit=1&limit=", "Bad Request", "Wrong type, expected 'integer' for query parameter 'limit'"),
        (
            "offset=-5",
            "Bad Request",
            "-5 is less than the minimum of 0\n\nFailed validating 'minimum' in schema:\n"
            "    {'type': 'integer', 'minimum': 0}\n\nOn instance:\n    -5",
        ),
    ],
)
def test_invalid_queries(query: str, title: str | None, detail: str | None) -> None:
    with filled() as airflow:
        error_type = f"{DOCS}/2.11.2/stable-rest-api-ref.html#section/Errors/BadRequest"
        assert_problem(get(airflow, f"{TASK_2}?{query}"), 400, title, detail, error_type)


def test_lenient_queries(airflow_2: EmbeddedAirflow) -> None:
    for query in ("limit=a&limit=2", "limit=%201_0%20", "&&offset=-0"):
        assert get(airflow_2, f"{TASK_2}?{query}").status == 200


@pytest.mark.parametrize(
    ("version", "status", "title", "kind"),
    [("2.10.5", 401, "Unauthorized", "Unauthenticated"), ("2.11.2", 403, "Forbidden", "PermissionDenied")],
)
def test_missing_credentials_and_permissions(version: str, status: int, title: str, kind: str) -> None:
    errors = f"{DOCS}/{version}/stable-rest-api-ref.html#section/Errors"
    with filled(version) as airflow:
        for headers in ({}, basic("admin", ""), basic("who", "x"), {"Authorization": "Basic !"}):
            assert_problem(get(airflow, TASK_2, headers), status, title, None, f"{errors}/{kind}")
        forbidden = get(airflow, TASK_2, basic("public", "public-pw"))
        assert_problem(forbidden, 403, "Forbidden", None, f"{errors}/PermissionDenied")


def test_names_and_schemes_ignore_case(airflow_2: EmbeddedAirflow) -> None:
    scheme = {"Authorization": basic("admin", "admin-pw")["Authorization"].replace("Basic ", "bAsIc  ")}
    for headers in (basic("ADMIN", "admin-pw"), scheme):
        assert get(airflow_2, TASK_2, headers).status == 200


def test_some_checks_come_before_the_login(airflow_2: EmbeddedAirflow) -> None:
    for method, target, status in (
        ("GET", "/api/v1/nope", 404),
        ("POST", TASK_2, 405),
        ("GET", f"{TASK_2}//k", 308),
        ("GET", f"{TASK_2}?limit=a", 400),
        ("GET", f"{TASK_2}?limit=-1", 403),
        ("GET", f"{TASK_2}?offset={2**63}", 403),
        ("GET", f"{TASK_2}/str?deserialize=true", 403),
    ):
        assert request(airflow_2, method, target, None, {}).status == status, target


def test_methods(airflow_2: EmbeddedAirflow) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        detail = "The method is not allowed for the requested URL."
        assert_problem(request(airflow_2, method, f"{TASK_2}/str"), 405, "Method Not Allowed", detail, "about:blank")
    assert request(airflow_2, "OPTIONS", f"{TASK_2}/str?no=1", None, {}).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert request(airflow_2, "HEAD", f"{TASK_2}/str")[::2] == (200, "")


def test_numbers_beyond_the_database(airflow_2: EmbeddedAirflow) -> None:
    for query in (f"?offset={2**63}", f"?map_index=-{2**64}", f"/str?map_index={2**63}"):
        reply = get(airflow_2, f"{TASK_2}{query}")
        assert (reply.status, reply.headers["Content-Type"]) == (500, "text/html")
        assert "<h1><p>Internal Server Error</p></h1>" in reply.body


# ------------------------------------------------------------------------- paths


def test_a_path_is_decoded_before_it_is_routed(airflow_2: EmbeddedAirflow) -> None:
    path = TASK_2.rpartition("/")[0]
    for crafted in (path.replace("/dagRuns/", "%2FdagRuns%2F"), f"/{path}", path[1:]):
        assert get(airflow_2, f"{crafted}%2FxcomEntries%2Fstr").status == 200
    for key in ("a/b", "a//b", "trailing/", "..", "+", "%2F", "\nb"):
        airflow_2.push_xcom("lab", RUN, "kinds", key, key)
        quoted = "".join(f"%{byte:02X}" for byte in key.encode())
        assert get(airflow_2, f"{TASK_2}/{quoted}").json["value"] == key
    for lost in ("%2F", "a%0Ab", ""):
        assert get(airflow_2, f"{TASK_2}/{lost}").json["detail"].startswith("The requested URL was not found")
    assert get(airflow_2, f"{TASK_2}/%FF").json["title"] == "XCom entry not found"


@pytest.mark.parametrize(
    ("version", "path", "merged"),
    [
        ("2.11.2", "//a&=///b%20%7C", "/a&=/b%20%7C"),
        ("2.10.5", "//a&=//b%20%7C", "/a%26%3D/b%20|"),
        ("2.10.5", "///a", None),
    ],
)
def test_a_path_with_double_slashes_is_redirected(version: str, path: str, merged: str | None) -> None:
    entries = "/api/v1/dags/a/dagRuns/b/taskInstances/c/xcomEntries"
    with filled(version) as airflow:
        reply = get(airflow, f"{entries}{path}?x=%2f", {"Host": "h:1"})
    if merged is None:
        assert reply.status == 404
        return
    assert (reply.status, reply.headers["Location"]) == (308, f"http://h:1{entries}{merged}?x=%2f")
    assert (reply.headers["Vary"] == "Cookie") == (version == "2.11.2")
    assert ("Set-Cookie" in reply.headers) == (version == "2.10.5")
