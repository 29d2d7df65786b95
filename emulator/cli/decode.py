"""`decode`: what octets say, from framing to data."""

import re
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json

MAX_SHOWN = 40


def decode(
    octets: Annotated[
        str,
        Parameter(help="Hex digits, a file of octets or of hex, or - for standard input.", allow_leading_hyphen=True),
    ],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Decode DLMS octets: TCP wrapper or HDLC frames, or a bare APDU."""
    from emulator.dlms.decoding import decode_octets  # noqa: PLC0415

    try:
        data = _octets(octets)
    except OSError as error:
        return fail(f"{octets}: {error.strerror}", USAGE)
    except ValueError as error:
        return fail(str(error), USAGE)
    told = decode_octets(data)
    if common.json:
        print_json([part._asdict() for part in told])
    else:
        for part in told:
            sys.stdout.write(f"{'  ' * part.depth}{part.name}{': ' + part.value if part.value else ''}\n")
    return VERDICT_FAILED if any(part.fault for part in told) else 0


def _octets(text: str) -> bytes:
    if text == "-":
        raw = sys.stdin.buffer.read()
    elif _is_file(text):
        raw = Path(text).read_bytes()
    else:
        return _hex(text)
    try:
        return _hex(raw.decode("ascii"))
    except ValueError:
        return raw


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # a name too long for a file: hex
        return False


def _hex(text: str) -> bytes:
    digits = re.sub(r"0x|[\s:,-]", "", text)
    if not digits or len(digits) % 2 or not re.fullmatch("[0-9a-fA-F]+", digits):
        raise ValueError(f"{text[:MAX_SHOWN]!r}: allowed: hex digits in pairs, a file's name, or - for standard input")
    return bytes.fromhex(digits)
