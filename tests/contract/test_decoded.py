"""Every kind, on every Airflow: what was pushed, what is told over the wire, what the client makes of it."""

from __future__ import annotations

import pytest

from airflow_client.xcom import NotFoundException, XComApi
from airflow_client.xcom.values import parse_text
from tests.contract import pushed
from tests.contract.decoded import DECODED, REFUSED, meant, shown
from tests.contract.expected import KINDS, as_json, as_text, refused
from tests.contract.servers import Server


def test_the_table_has_every_kind() -> None:
    assert sorted(DECODED) == sorted(pushed.TASKS["contract"]["kinds"])


@pytest.mark.parametrize("key", DECODED)
def test_a_value_is_decoded(server: Server, api: XComApi, key: str) -> None:
    row = DECODED[key]
    expected = row.native if server.major == 2 else row.decoded
    if expected is REFUSED or key in server.refused_kinds:
        assert expected is REFUSED or server.version == "3.0.6"
        assert type(refused(api, *KINDS, key, stringify=False)) is NotFoundException
        return
    xcom = api.get_xcom_entry(*KINDS, key, stringify=False)
    assert repr(xcom.value) == repr(as_json(server, key))
    assert shown(xcom.decode()) == shown(meant(key, expected, xcom.value))
    assert repr(xcom.value) == repr(as_json(server, key))  # it is not changed


@pytest.mark.airflow("2.")
@pytest.mark.parametrize("key", DECODED)
def test_a_text_is_parsed(server: Server, api: XComApi, key: str) -> None:
    expected = DECODED[key].parsed
    if expected is REFUSED:
        assert type(refused(api, *KINDS, key)) is NotFoundException
        return
    text = api.get_xcom_entry(*KINDS, key).value
    assert text == as_text(server, key)
    assert shown(parse_text(text)) == shown(meant(key, expected, text))
