"""How long a token is valid, as its claims say."""

from __future__ import annotations

import time

from airflow_client.xcom.core.login import token_life
from tests.support.cases import check_each
from tests.support.tokens import jwt


def test_it_is_by_the_clock_of_the_server() -> None:
    for now in (0, time.time(), time.time() - 86400 * 365):  # whatever time it is here
        assert token_life(jwt(iat=now, exp=now + 3600)) == 3600


def test_it_is_unknown_without_usable_claims() -> None:
    def check(token: str) -> None:
        assert token_life(token) is None

    texts = ["", "a.b", "a.b.c", "not a token", "a.W10.c", "é.é.é"]
    check_each([*texts, jwt(), jwt(exp=1), jwt(iat="a", exp="b"), jwt(iat=2, exp=1)], check)
