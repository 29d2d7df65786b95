"""What a request needs to have been agreed on: its service, and for blocks and lists something more.

Conformance bits stand here as plain numbers: a flag's own operators cost more than all else on a busy wire.
"""

from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.tags import Apdu, Conformance

SERVICES: dict[int, int] = {
    Apdu.GET_REQUEST: int(Conformance.GET),
    Apdu.SET_REQUEST: int(Conformance.SET),
    Apdu.ACTION_REQUEST: int(Conformance.ACTION),
}
_BLOCKS_AND_LISTS: dict[bytes, Conformance] = {
    bytes((Apdu.GET_REQUEST, wire.GET_NEXT)): Conformance.BLOCK_GET,
    bytes((Apdu.GET_REQUEST, wire.GET_WITH_LIST)): Conformance.MULTIPLE_REFERENCES,
    bytes((Apdu.SET_REQUEST, wire.SET_FIRST_BLOCK)): Conformance.BLOCK_SET,
    bytes((Apdu.SET_REQUEST, wire.SET_BLOCK)): Conformance.BLOCK_SET,
    bytes((Apdu.SET_REQUEST, wire.SET_WITH_LIST)): Conformance.MULTIPLE_REFERENCES,
    bytes((Apdu.SET_REQUEST, wire.SET_LIST_FIRST_BLOCK)): Conformance.BLOCK_SET | Conformance.MULTIPLE_REFERENCES,
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_NEXT_BLOCK)): Conformance.BLOCK_ACTION,
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_WITH_LIST)): Conformance.MULTIPLE_REFERENCES,
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_FIRST_BLOCK)): Conformance.BLOCK_ACTION,
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_LIST_FIRST_BLOCK)): (
        Conformance.BLOCK_ACTION | Conformance.MULTIPLE_REFERENCES
    ),
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_BLOCK)): Conformance.BLOCK_ACTION,
}
BLOCKS_AND_LISTS = {head: int(bits) for head, bits in _BLOCKS_AND_LISTS.items()}
