"""One connection overheard: octets of both directions as they passed, decoded for people, opened where a key fits.

It follows framings over any split of the octets, and learns titles and dedicated keys from what passes.
"""

from collections.abc import Iterator, Sequence

from emulator.dlms.codec.octets import Cursor
from emulator.dlms.decoding import FLAG, LLC_OCTETS, Part, decode_apdu
from emulator.dlms.errors import PduError
from emulator.dlms.framing.hdlc_frame import CONTROLS, Frame, FrameKind, HdlcDeframer, decode_address
from emulator.dlms.framing.wrapper import WrapperDeframer
from emulator.dlms.pdu import acse
from emulator.dlms.pdu.initiate import read_initiate_request
from emulator.dlms.pdu.tags import Apdu
from emulator.dlms.protection import dedicated_cipher
from emulator.dlms.security import Cipher, SecurityError

_GENERAL = frozenset({Apdu.GENERAL_GLO_CIPHERING, Apdu.GENERAL_DED_CIPHERING})


class Overheard:
    """One connection to a device, with the keys that may be in use on it."""

    def __init__(self, keys: Sequence[Cipher] = (), server_title: bytes = b"") -> None:
        self._keys = list(keys)
        self._titles = {True: b"", False: server_title}  # by whether octets come from the client
        self._framings: dict[bool, WrapperDeframer | HdlcDeframer] = {}
        self._segments = {True: b"", False: b""}

    def hear(self, octets: bytes, *, inward: bool) -> list[Part]:
        """Decode what octets complete; nothing while a frame is under way. `inward` is from the client to the device.

        What breaks the framing becomes a part that says so, and the next octets begin afresh.
        """
        framing = self._framings.get(inward)
        if framing is None:
            framing = HdlcDeframer() if octets[:1] == bytes((FLAG,)) else WrapperDeframer()
            self._framings[inward] = framing
        parts: list[Part] = []
        if isinstance(framing, HdlcDeframer):
            for frame in framing.feed(octets):
                parts += self._frame(frame, inward=inward)
            parts += [Part(0, "broken", f"a frame rejected: {kind}", fault=True) for kind in framing.rejected]
            framing.rejected.clear()
        else:
            for source, destination, apdu in framing.feed(octets):
                parts.append(Part(0, "wrapper", f"from {source} to {destination}, {len(apdu)} octets"))
                parts += self._apdu(apdu, inward=inward)
            if framing.error is not None:
                parts.append(Part(0, "broken", str(framing.error), fault=True))
                del self._framings[inward]
        return parts

    def _frame(self, frame: Frame, *, inward: bool) -> Iterator[Part]:
        kind = CONTROLS[frame.control].kind
        source, destination = (decode_address(address).upper for address in (frame.source, frame.destination))
        yield Part(0, f"HDLC {kind.name}", f"from {source} to {destination}")
        if kind not in {FrameKind.I, FrameKind.UI}:
            return
        self._segments[inward] += frame.information
        if not frame.segmented:
            whole, self._segments[inward] = self._segments[inward], b""
            yield from self._apdu(whole[LLC_OCTETS:], inward=inward)

    def _apdu(self, apdu: bytes, *, inward: bool) -> list[Part]:
        try:
            if apdu[:1] == bytes((Apdu.AARQ,)):
                self._titles[True] = acse.read_aarq(apdu).title or b""
            elif apdu[:1] == bytes((Apdu.AARE,)):
                self._titles[False] = acse.read_aare(apdu).title or self._titles[False]
        except PduError:
            pass  # what is wrong with it, its decoding says
        return decode_apdu(apdu, 1, lambda envelope: self._open(envelope, inward=inward))

    def _open(self, envelope: bytes, *, inward: bool) -> bytes | None:
        """Take an APDU out of its envelope by the first key that fits. Raises PduError for what is no envelope."""
        cursor = Cursor(envelope)
        named = cursor.octet_string() if cursor.u8() in _GENERAL else b""
        message = cursor.octet_string()
        for key in reversed(self._keys):
            try:
                plain = key.open(named or self._titles[inward], message).plain
            except (SecurityError, ValueError):
                continue
            if plain[:1] and plain[0] in Apdu._value2member_map_:
                self._learn(plain, key)
                return plain
        return None

    def _learn(self, plain: bytes, key: Cipher) -> None:
        """Keep the dedicated key that a client asks an association with."""
        if plain[0] != Apdu.INITIATE_REQUEST:
            return
        dedicated = read_initiate_request(plain).dedicated_key
        if dedicated is not None:
            self._keys.append(dedicated_cipher(dedicated, key))
