"""Strategies for COSEM data: any value of any type we take, and trees of them."""

from hypothesis import strategies as st

from emulator.dlms.codec.data import NULL, Data, Tag

INTEGERS = {
    Tag.DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
    Tag.BCD: (0, 255),
    Tag.INTEGER: (-128, 127),
    Tag.LONG: (-(2**15), 2**15 - 1),
    Tag.UNSIGNED: (0, 255),
    Tag.LONG_UNSIGNED: (0, 2**16 - 1),
    Tag.LONG64: (-(2**63), 2**63 - 1),
    Tag.LONG64_UNSIGNED: (0, 2**64 - 1),
    Tag.ENUM: (0, 255),
}
SIZED = {Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}

LEAVES = st.one_of(
    st.just(NULL),
    st.booleans().map(lambda value: Data(Tag.BOOLEAN, value)),
    st.text("01", max_size=70).map(lambda bits: Data(Tag.BIT_STRING, bits)),
    *(st.integers(*bounds).map(lambda value, tag=tag: Data(tag, value)) for tag, bounds in INTEGERS.items()),
    *(
        st.binary(max_size=200).map(lambda value, tag=tag: Data(tag, value))
        for tag in (Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING)
    ),
    *(
        st.binary(min_size=size, max_size=size).map(lambda value, tag=tag: Data(tag, value))
        for tag, size in SIZED.items()
    ),
    st.floats(width=32, allow_nan=False).map(lambda value: Data(Tag.FLOAT32, value)),
    st.floats(allow_nan=False).map(lambda value: Data(Tag.FLOAT64, value)),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.builds(Data, st.sampled_from([Tag.ARRAY, Tag.STRUCTURE]), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=12,
)
