"""Requests of the control API: what one may hold is bounded."""

import msgspec
import pytest

from emulator.api.requests import MAX_KEYS, MAX_TEXT, Request


def request(**fields):
    return msgspec.json.decode(msgspec.json.encode({"token": "t", "verb": "press", **fields}), type=Request)


@pytest.mark.parametrize(("name", "most"), [("keys", MAX_KEYS), ("text", MAX_TEXT)])
def test_keys_and_text_are_bounded(name, most):
    given = {"keys": ["A"] * most, "text": "1" * most}[name]
    assert len(getattr(request(**{name: given}), name)) == most
    with pytest.raises(msgspec.ValidationError, match=f"length <= {most}"):
        request(**{name: given + given[:1]})
