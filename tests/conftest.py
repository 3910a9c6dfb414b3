"""The same examples every time in CI, `HYPOTHESIS_PROFILE=search` looks for new ones; and one PostgreSQL for all who ask."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.postgres import Server, binaries, running

settings.register_profile(
    "house", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "search", deadline=None, max_examples=500, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running PostgreSQL of our own; a test that stops it starts it again."""
    try:
        binaries()
    except LookupError as missing:
        pytest.fail(str(missing))
    with running() as server:
        yield server
