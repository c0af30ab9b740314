"""Secrets are never shown: in no text, log, attribute, pickle or traceback with locals, after any failure."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import pickle
import ssl
import threading
import time
import traceback
import types
import warnings
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

import fsspec
import pytest
import trustme

from airflow_client.xcom import ApiValueError, Configuration, OpenApiException
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.hooks import OutgoingRequest
from tests.support.cases import check_each
from tests.support.faults import ENTRY, IDS, Proxy, chunked, hang, reset, then_close, unused_port
from tests.support.transports import OpenClient, TransportClient, client_opener
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import chain, forget
from tests.transport.conftest import one_transport

#: Each has a core that no encoding changes, except Base64.
PASSWORD, TOKEN, PROXY = "p\xe4/ss: Kf83hQz1pw", "tok.Zq71mWx4tk.x", "pr:o@ Jd62bTv9px"
COOKIE, SET_COOKIE, HEADER = "mine=Hs05gRy8ck", "session=Bn49cLp2sc", "Vw33kDf6hd"
SECRETS = [
    *("Kf83hQz1pw", "Zq71mWx4tk", "Jd62bTv9px", "Hs05gRy8ck", "Bn49cLp2sc", "Vw33kDf6hd"),
    *(b64encode(text.encode()).decode().rstrip("=") for text in (PASSWORD, TOKEN, f"u:{PASSWORD}", f"u:{PROXY}")),
]
FORM = answer(
    '<form><input name="csrf_token" value="t"><input name="password"></form>', Set_Cookie=f"{SET_COOKIE}; Path=/"
)
GRANTED = answer(f'{{"access_token": "{TOKEN}"}}', "201 Created")
BASIC = {"username": "u", "password": PASSWORD, "login": "basic"}
LOGIN = {"username": "u", "password": PASSWORD}
SESSION = {"username": "u", "password": PASSWORD, "login": "session"}


def refused(status: str, **headers: str) -> bytes:
    return answer('{"detail": "no"}', status, **headers)


#: Yields a client, then makes a call with it that fails.
Scenario = Callable[[OpenClient], Iterator[TransportClient]]


def call(*answers: Answer, path: str = "/api/v1", context: Any = None, calls: int = 1, **settings: Any) -> Scenario:
    """A client with ``settings`` makes ``calls`` to a server with these ``answers``; the last one fails."""

    def scenario(open_client: OpenClient) -> Iterator[TransportClient]:
        with WireServer(*answers, context=context() if context else None) as server:
            client = open_client(server.url + path, **settings)
            client.api_client.set_default_header("X-Key", HEADER)
            client.api_client.set_default_header("Cookie", COOKIE)
            yield client
            for _ in range(calls):
                client.call("get_xcom_entry", *IDS, _request_timeout=limit(answers[-1]))

    return scenario


def limit(response: Answer) -> float:
    """Seconds that a call may take: few only where the response never comes."""
    return 0.1 if response is hang else 30.0


def untrusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


class LeakingFileSystem(fsspec.AbstractFileSystem):
    """File system whose errors show its options; it fails when it is read, or never ends."""

    protocol = "leaking"

    def open(self, *arguments: Any, **keywords: Any) -> Any:
        if self.storage_options["never_ends"]:
            time.sleep(0.3)
            return io.BytesIO(b"1")
        try:
            raise ValueError(f"inner {self.storage_options}")
        except ValueError as error:
            raise OSError(f"cannot connect with {self.storage_options}") from error


def stored(protocol: str, seconds: float = 30.0) -> Scenario:
    def scenario(open_client: OpenClient) -> Iterator[TransportClient]:
        fsspec.register_implementation("leaking", LeakingFileSystem, clobber=True)
        options = {"secret": TOKEN, "client_kwargs": {"headers": [HEADER]}, "never_ends": seconds < 1}
        value = answer(f'{{"key": "k", "value": "{protocol}://xcom/u"}}')
        with WireServer(value) as server:
            client = open_client(f"{server.url}/api/v1", xcom_storage={f"{protocol}://xcom": options})
            yield client
            client.call("get_xcom_entry", *IDS, resolve=True, _request_timeout=seconds)

    return scenario


def by_proxy(response: Answer, scheme: str) -> Scenario:
    def scenario(open_client: OpenClient) -> Iterator[TransportClient]:
        with Proxy(refuse=response) as proxy:
            url = proxy.url.replace("://", f"://u:{quote(PROXY, safe='')}@")
            client = open_client(f"{scheme}://airflow.invalid/api/v1", proxy=url, **BASIC)
            yield client
            client.call("get_xcom_entry", *IDS, _request_timeout=limit(response))

    return scenario


def not_there(open_client: OpenClient) -> Iterator[TransportClient]:
    host = f"http://u:{quote(PASSWORD, safe='')}@127.0.0.1:{unused_port()}/api/v1"
    proxy = f"http://u:{quote(PROXY, safe='')}@127.0.0.1:{unused_port()}"
    client = open_client(host, proxy=proxy)
    yield client
    client.call("get_xcom_entry", *IDS, _request_timeout=30)


def of_the_call(open_client: OpenClient) -> Iterator[TransportClient]:
    settings = [{"in": "header", "key": "Authorization", "value": f"Bearer {TOKEN}"}]
    with WireServer(refused("403 Forbidden")) as server:
        client = open_client(server.host)
        yield client
        client.call("get_xcom_entry", *IDS, _request_auths=settings)


def add_headers(request: OutgoingRequest) -> None:
    request.headers.update(HEADERS)


def add_headers_and_fail(request: OutgoingRequest) -> None:
    add_headers(request)
    raise LookupError("no id")


def add_an_unusable_header(request: OutgoingRequest) -> None:
    request.headers.update({**HEADERS, "X": f"{HEADER}\n"})


def with_on_request(client: TransportClient, hook: Callable[[OutgoingRequest], Any]) -> Any:
    client.api_client.configuration.on_request = hook
    return client.call("get_xcom_entry", *IDS, _request_auths=AUTHS)


#: Calls with a secret in their arguments.
AUTHS: Any = [{"in": "header", "key": "Authorization", "value": f"Bearer {TOKEN}"}]
HEADERS = {"X-Key": HEADER, "Cookie": COOKIE}
FORMS: dict[str, Callable[[TransportClient], Any]] = {
    "headers of the call": lambda client: client.call("get_xcom_entry", *IDS, _headers=HEADERS),
    "headers of the call, a list": lambda client: client.call("get_xcom_entries", *IDS[:3], _headers=HEADERS),
    "headers of the call, a write": lambda client: client.call(
        "delete_xcom_entry", **dict(zip(("dag_id", "dag_run_id", "task_id", "xcom_key"), IDS)), _headers=HEADERS
    ),
    "headers of the call, a wrong one": lambda client: client.call(
        "get_xcom_entry", *IDS, _headers={**HEADERS, "X": "a\nb"}
    ),
    "headers of the call, a wrong id": lambda client: client.call("get_xcom_entry", "a/b", *IDS[1:], _headers=HEADERS),
    "a misspelt keyword": lambda client: client.call("get_xcom_entry", *IDS, _header=HEADERS, _request_auth=AUTHS),
    "a misspelt keyword of call_api": lambda client: client.call("call_api", "/dags", "GET", headers=HEADERS),
    "on_request, added": lambda client: with_on_request(client, add_headers),
    "on_request, raises": lambda client: with_on_request(client, add_headers_and_fail),
    "on_request, a wrong header": lambda client: with_on_request(client, add_an_unusable_header),
    "with HTTP info": lambda client: client.call("get_xcom_entry_with_http_info", *IDS, _request_auths=AUTHS),
    "a list with HTTP info": lambda client: client.call(
        "get_xcom_entries_with_http_info", *IDS[:3], _request_auths=AUTHS
    ),
    "unread": lambda client: client.call("get_xcom_entry_without_preload_content", *IDS, _request_auths=AUTHS),
    "waiting": lambda client: client.call("wait_for_xcom_entry", *IDS, timeout=0.5, _request_auths=AUTHS),
    "call_api": lambda client: client.call("call_api", "/dags", "GET", header_params={"X-Key": HEADER}),
    "call_api, a wrong model": lambda client: client.call(
        "call_api", "/dags", "GET", header_params={"X-Key": HEADER}, response_type=int
    ),
    "an unknown keyword": lambda client: client.call("get_xcom_entry", *IDS, _request_auths=AUTHS, nope=1),
}


def form(name: str) -> Scenario:
    def scenario(open_client: OpenClient) -> Iterator[TransportClient]:
        with WireServer(refused("500 Oh")) as server:
            client = open_client(server.host)
            yield client
            FORMS[name](client)

    return scenario


def supply() -> str:
    return TOKEN


#: The error of a server that validates a body with pydantic: it repeats the body.
ECHO = answer(
    f'{{"detail": [{{"loc": ["body"], "msg": "wrong", "input": {{"password": "{PASSWORD[5:]}"}}}}]}}',
    "422 Unprocessable Entity",
)
SCENARIOS: dict[str, Scenario] = {
    "Basic, 401": call(refused("401 Unauthorized"), **BASIC),
    "Basic, 500": call(answer("<h1>Oh</h1>", "500 Oh", Set_Cookie=SET_COOKIE), **BASIC),
    "Basic, a page": call(answer("<h1>Hello</h1>"), **BASIC),
    "Basic, a name with a colon": call(ENTRY, **{**BASIC, "username": "a:b"}),
    "Basic, a timeout": call(hang, **BASIC),
    "Basic, a reset": call(reset, **BASIC),
    "Basic, a status line of garbage": call(then_close(b"garbage\r\n\r\n"), **BASIC),
    "Basic, broken chunks": call(then_close(chunked(b"{", end=b"zz\r\n")), **BASIC),
    "Basic, a redirect": call(refused("302 Found", Location="http://other.invalid/"), **BASIC),
    "Basic, TLS": call(ENTRY, context=untrusted, **BASIC),
    "Basic, nobody there, of the host": not_there,
    "Basic, then a session": call(ENTRY, FORM, refused("302 Found", Location="/home"), reset, calls=2, **LOGIN),
    "a token, 403": call(refused("403 Forbidden"), access_token=TOKEN),
    "a token, a timeout": call(hang, access_token=TOKEN),
    "a token, the search for the API": call(refused("401 Unauthorized"), path="", access_token=TOKEN),
    "a token, with a line break": call(ENTRY, access_token=f"{TOKEN}\n"),
    "a token, not Latin": call(ENTRY, access_token=f"{TOKEN}\u65e5"),
    "a token, supplied": call(refused("401 Unauthorized"), access_token=supply),
    "a token, of the call": of_the_call,
    "a token login, 401": call(refused("401 Unauthorized"), path="/api/v2", **LOGIN),
    "a token login, 422": call(ECHO, path="/api/v2", **LOGIN),
    "a token login, a page": call(answer("<h1>Hello</h1>"), path="/api/v2", **LOGIN),
    "a token login, a reset": call(reset, path="/api/v2", **LOGIN),
    "a token login, a timeout": call(hang, path="/api/v2", **LOGIN),
    "a token login, then 401": call(GRANTED, refused("401 No"), GRANTED, refused("401 No"), path="/api/v2", **LOGIN),
    "a token login, then a reset": call(GRANTED, reset, path="/api/v2", **LOGIN),
    "a session, no form": call(answer("<h1>Hello</h1>", Set_Cookie=SET_COOKIE), **SESSION),
    "a session, refused": call(FORM, refused("302 Found", Location="/login/", Set_Cookie=SET_COOKIE), **SESSION),
    "a session, a reset": call(FORM, reset, **SESSION),
    "a session, then 403": call(
        FORM, refused("302 Found", Location="/home", Set_Cookie=SET_COOKIE), refused("403 No"), **SESSION
    ),
    "a session, then a reset": call(
        FORM, refused("302 Found", Location="/home", Set_Cookie=SET_COOKIE), reset, **SESSION
    ),
    "a proxy, 407": by_proxy(refused("407 Proxy Authentication Required"), "https"),
    "a proxy, 407 for http": by_proxy(refused("407 Proxy Authentication Required"), "http"),
    "a proxy, a reset": by_proxy(reset, "https"),
    "a proxy, a timeout": by_proxy(hang, "http"),
    "object storage, an error": stored("leaking"),
    "object storage, a timeout": stored("leaking", seconds=0.2),
    "object storage, a package": stored("nosuch"),
    **{f"a secret argument, {name}": form(name) for name in FORMS},
}
#: Scenarios by their names up to the comma.
GROUPS = {
    group: [name for name in SCENARIOS if name.partition(",")[0] == group]
    for group in dict.fromkeys(name.partition(",")[0] for name in SCENARIOS)
}


class Recorded(logging.Handler):
    """Records everything that this thread or an HTTP library logs."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread or "http" in record.name or "airflow" in record.name:
            self.messages.append(f"{record.getMessage()} {record.args!r} {vars(record)!r}")


@contextlib.contextmanager
def recorded() -> Iterator[list[str]]:
    """Record all logs at DEBUG, and all warnings."""
    root, handler = logging.getLogger(), Recorded()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield handler.messages
        handler.messages += [str(one) for one in warned]
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def parts(thing: Any, depth: int = 0) -> Iterator[str]:
    """Yield the reprs of an object, of its items and, if its class is ours, of its ``vars()``, recursively."""
    yield repr(thing)
    inside: list[Any] = []
    if type(thing) is dict:
        inside = list(thing.values())
    elif type(thing) in (list, tuple):
        inside = list(thing)
    elif type(thing).__module__.startswith("airflow_client") and hasattr(thing, "__dict__"):
        inside = list(vars(thing).values())
    if depth < 8:
        for one in inside:
            yield from parts(one, depth + 1)


def locals_of(error: BaseException) -> Iterator[str]:
    """Yield the locals of the frames of an error and its causes, except those of the tests."""
    tests = str(Path(__file__).parents[1])
    for one in chain(error):
        shown = traceback.TracebackException(type(one), one, one.__traceback__, capture_locals=True)
        for frame in shown.stack:
            if not frame.filename.startswith(tests):
                yield from (f"{frame.name}: {name} = {value}" for name, value in (frame.locals or {}).items())


def walk(thing: Any, at: str, depth: int, known: set[int]) -> Iterator[str]:
    """Yield all texts in an object as crash reporters and debuggers find them: in mappings, sequences and attributes
    of any library. It does not look into our own secrets."""
    if isinstance(thing, (type, types.ModuleType, types.FunctionType, Secret)) or id(thing) in known or depth > 9:
        return
    known.add(id(thing))
    if isinstance(thing, (str, bytes, bytearray)):
        yield f"{at} = {thing!r}"
    elif isinstance(thing, Mapping):
        for key in list(thing):  # get(): another thread may remove a key meanwhile, as a selector's do
            yield from walk(key, f"{at} key", depth + 1, known)
            yield from walk(thing.get(key), f"{at}[{key!r:.40}]", depth + 1, known)
    elif isinstance(thing, (list, tuple, set, frozenset)):
        for index, item in enumerate(list(thing)):
            yield from walk(item, f"{at}[{index}]", depth + 1, known)
    names = {*getattr(thing, "__dict__", ()), *(slot for kind in type(thing).__mro__ for slot in _slots(kind))}
    for name in names:
        with contextlib.suppress(AttributeError, ValueError):
            yield from walk(getattr(thing, name), f"{at}.{name}", depth + 1, known)


def _slots(kind: type) -> Iterable[str]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else slots


def walk_frames(error: BaseException) -> Iterator[str]:
    """Yield all texts in an error, its causes, and the frames of both, except those of the tests."""
    tests = str(Path(__file__).parents[1])
    for one in chain(error):
        yield from walk(one.args, f"{type(one).__name__}.args", 0, set())
        yield from walk(vars(one), f"{type(one).__name__}", 0, set())
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if not frame.f_code.co_filename.startswith(tests):
                for name, value in frame.f_locals.items():
                    yield from walk(value, f"{frame.f_code.co_name}: {name}", 0, set())


def shown(transport: str, scenario: str) -> dict[str, list[str]]:
    """Return, for each place where a secret could be, the texts in it after a failure."""
    with contextlib.ExitStack() as stack:
        messages = stack.enter_context(recorded())
        steps = SCENARIOS[scenario](client_opener(transport, stack))
        client = next(steps)
        try:
            next(steps)
        except OpenApiException as error:
            failure = error
        else:
            raise AssertionError("the call did not fail")
        configuration = client.api_client.configuration
        places = {
            "text": [f"{one} {one!r} {one.args!r} {getattr(one, '__notes__', '')}" for one in chain(failure)]
            + traceback.format_exception(type(failure), failure, failure.__traceback__),
            "attributes": [repr(vars(failure)), *parts(failure)],
            "locals": list(locals_of(failure)),
            "walk": list(walk_frames(failure)),
            "client": [text for thing in (client.api_client, client.api, configuration) for text in parts(thing)],
            "pickles": [pickle.dumps(thing, protocol=0).decode("latin-1") for thing in (failure, configuration)],
        }
        forget(failure)
        gc.collect()
    return {**places, "log": messages}


@pytest.mark.parametrize("group", GROUPS)
def test_no_secret_is_shown(transport: str, group: str) -> None:
    def check(scenario: str) -> None:
        leaks = [
            f"{place}: {text[:500]}"
            for place, texts in shown(transport, scenario).items()
            for text in texts
            if any(secret in text for secret in SECRETS)
        ]
        assert leaks == []

    check_each(GROUPS[group], check)


@one_transport
def test_secrets_would_be_found(transport: str) -> None:
    """The places contain text, and the secrets that are looked for are part of those in use."""
    places = shown(transport, "Basic, a timeout")
    assert any("GET http://127.0.0.1" in text for text in places["text"])
    assert any("/api/v1/dags" in text or "Starting new HTTP connection" in text for text in places["log"])
    assert any("host" in text for text in places["client"])
    assert all(
        any(secret in text for text in (PASSWORD, TOKEN, PROXY, COOKIE, SET_COOKIE, HEADER)) for secret in SECRETS[:6]
    )


#: Most common: a character in a password that has to be encoded and is not.
UNUSABLE_URLS = [
    "http://u:a/{}@127.0.0.1:1/api/v1",
    "http://u:a?{}@127.0.0.1:1",
    "http://u:a#{}@127.0.0.1:1",
    "http://u:{}@127.0.0.1:port/",
    "http://u:a[{}@127.0.0.1:1/",
    "http://u:a]{}@[::1/",
    "http://u:{}@",
    "http:/u:{}@127.0.0.1/",
    "http:u:{}@127.0.0.1/",
    "u:{}@127.0.0.1:1/api/v1",
    "ftp://u:{}@127.0.0.1/",
    "http://u:a b{}@127.0.0.1:99999/ x",
    "http://u:{}\n@127.0.0.1:1/",
    "//u:{}@127.0.0.1:1/",
]


def test_an_unusable_url_is_not_shown(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [ENTRY]

    def check(case: tuple[str, str]) -> None:
        option, url = case
        hosts = {"host": wire.host, "proxy": None, option: url.format("Kf83hQz1pw")}
        with recorded() as messages:
            try:
                client = open_client(hosts["host"], proxy=hosts["proxy"])
                client.call("get_xcom_entry", *IDS, _request_timeout=30)
            except OpenApiException as error:
                messages += [f"{one} {one!r}" for one in chain(error)]
                messages += [repr(error), pickle.dumps(error, protocol=0).decode("latin-1")]
                forget(error)
            except ValueError:  # the session's own, for a proxy of its own
                assert option == "proxy"
        gc.collect()
        assert [text for text in messages if "Kf83hQz1pw" in text] == []

    check_each([(option, url) for option in ("host", "proxy") for url in UNUSABLE_URLS], check)


@one_transport
def test_results_hold_no_secret(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [ENTRY]
    client = open_client(wire.host, **BASIC)
    xcom = client.call("get_xcom_entry", *IDS)
    response = client.call("get_xcom_entry_with_http_info", *IDS)
    for thing in (xcom, response.data, client.api_client.last_response):
        assert not [text for text in parts(thing) if any(secret in text for secret in SECRETS)]
    assert not [secret for secret in SECRETS if secret.encode() in pickle.dumps(xcom)]


def test_an_unusable_setting_is_named_and_not_shown() -> None:
    configuration = Configuration()
    for name in ("password", "access_token", "proxy"):
        with pytest.raises(OpenApiException) as caught:
            setattr(configuration, name, PASSWORD.encode())
        assert name in str(caught.value)
        assert "Kf83hQz1pw" not in str(caught.value)
    with pytest.raises(ApiValueError):
        configuration.host = "http://\n"
