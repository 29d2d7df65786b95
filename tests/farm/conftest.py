"""Fixtures of the store's tests."""

import pytest

from emulator.farm.store import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "farm.db"


@pytest.fixture
def store(path):
    opened = Store(path)
    yield opened
    opened.close()
