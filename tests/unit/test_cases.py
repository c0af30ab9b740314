"""The helper that checks a table of cases in one test reports every case that fails."""

from __future__ import annotations

import pytest

from tests.support.cases import all_cases, assert_equal_tables


def test_every_failure_is_reported_with_its_name() -> None:
    def check() -> None:
        with all_cases() as case:
            for number in (1, 2, 3):
                with case(f"case {number}"):
                    assert number == 2
            with case("error"):
                raise ValueError("broken")
            with case("refusal"), pytest.raises(ValueError, match="nothing raises"):
                pass

    with pytest.raises(pytest.fail.Exception) as caught:
        check()
    message = str(caught.value)
    assert message.startswith("4 of 5 cases failed\ncase 1: ")
    assert "case 2" not in message
    for name in ("case 3: ", "error: broken", "refusal: DID NOT RAISE"):
        assert name in message


def test_no_cases_are_a_failure() -> None:
    with pytest.raises(AssertionError, match="no cases"), all_cases():
        pass


def test_rows_that_differ_or_are_missing_are_named() -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        assert_equal_tables({"a": 1, "b": 2, "d": 4}, {"a": 1, "b": 3, "c": 3})
    assert str(caught.value) == (
        "3 of 4 cases failed\nb: 2 is not 3\nc: there is no such row\nd: there should be no such row"
    )
