"""Fixtures of the tests of the client."""

from tests.support.short_pauses import short_pauses as short_pauses
