"""The negotiation of HDLC parameters: what both sides agree on, and what is no proposal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.framing.hdlc_parameters import HdlcLimits, decode_limits, encode_limits, negotiate


@given(*[st.builds(HdlcLimits, st.integers(1, 2030), st.integers(1, 2030), st.integers(1, 7), st.integers(1, 7))] * 2)
def test_both_sides_agree_on_the_smaller_values(one: HdlcLimits, other: HdlcLimits):
    here, there = negotiate(one, other), negotiate(other, one)
    assert (here.max_info_transmit, here.window_transmit) == (there.max_info_receive, there.window_receive)
    assert (here.max_info_receive, here.window_receive) == (there.max_info_transmit, there.window_transmit)
    assert decode_limits(encode_limits(one)) == one


def test_user_data_behind_the_parameters_is_allowed_and_large_values_count_as_the_maximum():
    group = encode_limits(HdlcLimits(200, 300, 2, 3))
    assert decode_limits(group + b"\xf0\x01\x02") == HdlcLimits(200, 300, 2, 3)
    large = bytes.fromhex("818007 0502ffff 070109")
    assert decode_limits(large) == HdlcLimits(max_info_transmit=2030, window_transmit=7)


@pytest.mark.parametrize("values", [(0, 128, 1, 1), (128, 2031, 1, 1), (128, 128, 0, 1), (128, 128, 1, 8)])
def test_limits_outside_the_standard_are_refused(values: tuple[int, int, int, int]):
    with pytest.raises(ValueError, match="allowed"):
        HdlcLimits(*values)
