"""Identity by arithmetic: every name a device carries, from its number and back (architecture D3).

A number is a plain counting number that the farm gives a device; the maker's OUI, serial pattern and the
like come from the profile, so no farm needs a table. Every function is exact both ways and refuses
(ValueError) what is not well formed. The names made here are well formed; some may exist in the real world.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_EUI_BYTES: Final = 8
_NUMBER_BITS: Final = 40  # what a 24-bit OUI leaves of an EUI-64

# MPAN core: two digits of distributor, ten of its own choosing, one check digit.
_MPAN_WEIGHTS: Final = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
_MPAN_DIGITS: Final = 13
DISTRIBUTORS: Final = range(10, 24)  # the fourteen licensed areas of Great Britain

_MPRN_FIRST: Final = 10_000_000  # keeps the leading digit from being zero
_MPRN_CHECKED: Final = 8
_MPRN_LENGTHS: Final = range(6, 11)

_ICCID_START: Final = "8944"  # ITU-T E.118: 89 telecommunications, 44 United Kingdom
_ICCID_DIGITS: Final = 19
_IMSI_START: Final = "234"  # ITU-T E.212: mobile country code of the United Kingdom
_IMSI_DIGITS: Final = 15


def eui64(oui: int, number: int) -> int:
    """Give the EUI-64 of a device: three bytes of OUI, five of number (IEEE Std 802-2014, 8.2)."""
    return _within(oui, 1 << 24, "OUI") << _NUMBER_BITS | _within(number, 1 << _NUMBER_BITS, "device number")


def number_of(identifier: int, oui: int) -> int:
    """Give the device number in an EUI-64. Raises ValueError if another OUI leads it."""
    if identifier >> _NUMBER_BITS != oui:
        raise ValueError(f"{format_eui64(identifier)} is not of the OUI {oui:06X}")
    return identifier & ((1 << _NUMBER_BITS) - 1)


def format_eui64(identifier: int) -> str:
    """Write an EUI-64 as makers print it: 00-23-7E-00-00-00-00-2A."""
    return _within(identifier, 1 << 64, "EUI-64").to_bytes(_EUI_BYTES).hex("-").upper()


def parse_eui64(text: str) -> int:
    """Read an EUI-64 with dashes, with colons or as plain hex, in either case."""
    return _parse_hex(text, _EUI_BYTES, "EUI-64")


def parse_oui(text: str) -> int:
    """Read an OUI written as 00-23-7E, 00:23:7E or 00237E."""
    return _parse_hex(text, 3, "OUI")


@dataclass(frozen=True, slots=True)
class SerialPattern:
    """How a maker writes serial numbers, such as K{year}EA{number:6}.

    {year} is two digits and may be left out (then a parsed year is 0). {number:N} is N digits and must be
    there once; its width may also be written :0N.
    """

    text: str
    width: int = field(init=False)
    _form: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = re.split(r"(\{[^{}]*\})", self.text)
        form = []
        widths = []
        for part in parts:
            if part in {"{year}", "{year:2}", "{year:02}"}:
                form.append(r"(?P<year>[0-9]{2})")
            elif sized := re.fullmatch(r"\{number:0?([1-9]|1[0-9])\}", part):
                widths.append(int(sized[1]))
                form.append(rf"(?P<number>[0-9]{{{sized[1]}}})")
            elif "{" in part or "}" in part:
                raise ValueError(f"a serial pattern knows {{year}} and {{number:N}}, not {part!r}")
            else:
                form.append(re.escape(part))
        years = sum("<year>" in part for part in form)
        if len(widths) != 1 or years > 1:
            raise ValueError(f"a serial pattern has one number and at most one year: {self.text!r}")
        object.__setattr__(self, "width", widths[0])
        object.__setattr__(self, "_form", re.compile("".join(form)))

    @property
    def capacity(self) -> int:
        """How many numbers fit in one year."""
        return int(10**self.width)

    def format(self, year: int, number: int) -> str:
        """Write a serial number from the last two digits of the year and a number."""
        figures = {"y": _digits(year, 2, "year"), "n": _digits(number, self.width, "serial number")}
        return re.sub(r"\{([yn])[^{}]*\}", lambda place: figures[str(place[1])], self.text)

    def parse(self, text: str) -> tuple[int, int]:
        """Read the year and the number of a serial number of this pattern."""
        found = self._form.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a serial number like {self.text}")
        figures: dict[str, str] = found.groupdict()
        return int(figures.get("year", "0")), int(figures["number"])


@lru_cache(maxsize=256)
def serial_pattern(text: str) -> SerialPattern:
    """Give the pattern of a text: an estate computes homes by the thousand, all of a few makes."""
    return SerialPattern(text)


def mpan(distributor: int, number: int) -> str:
    """Write the 13-digit MPAN core of a supply point: a number below 10**10 in one of the 14 areas."""
    if distributor not in DISTRIBUTORS:
        raise ValueError(f"a distributor is one of {DISTRIBUTORS[0]}..{DISTRIBUTORS[-1]}, not {distributor}")
    core = f"{distributor}{_digits(number, 10, 'supply number')}"
    return core + _mpan_check(core)


def parse_mpan(text: str) -> tuple[int, int]:
    """Read the distributor (independent ones too, 24 and up) and number of an MPAN core."""
    core = _all_digits(text, _MPAN_DIGITS, "MPAN core")[:-1]
    if text[-1] != _mpan_check(core):
        raise ValueError(f"the check digit of MPAN {text} should be {_mpan_check(core)}")
    return int(core[:2]), int(core[2:])


def mprn(number: int) -> str:
    """Write the 10-digit MPRN of a gas supply point: a number below 90,000,000."""
    body = str(_MPRN_FIRST + _within(number, 10**_MPRN_CHECKED - _MPRN_FIRST, "supply number"))
    return body + _mprn_check(body)


def require_mprn(text: str) -> str:
    """Give back an MPRN of 6 to 10 digits whose check digits are right. Raises ValueError."""
    if len(text) not in _MPRN_LENGTHS:
        raise ValueError("an MPRN has 6 to 10 digits")
    body = _all_digits(text, len(text), "MPRN")[:-2]
    if text[-2:] != _mprn_check(body):
        raise ValueError(f"the check digits of MPRN {text} should be {_mprn_check(body)}")
    return text


def parse_mprn(text: str) -> int:
    """Read the number of a 10-digit MPRN that mprn() could have written."""
    number = int(require_mprn(text)[:-2]) - _MPRN_FIRST
    if number < 0:
        raise ValueError(f"MPRN {text} is not of the kind this farm gives out")
    return number


def iccid(issuer: int, number: int) -> str:
    """Write the 19-digit serial number of a British SIM: issuer below 100, number below 10**12."""
    body = f"{_ICCID_START}{_digits(issuer, 2, 'issuer')}{_digits(number, 12, 'SIM number')}"
    return body + luhn(body)


def parse_iccid(text: str) -> tuple[int, int]:
    """Read the issuer and number of a British SIM's serial number."""
    body = _all_digits(text, _ICCID_DIGITS, "ICCID")[:-1]
    if not body.startswith(_ICCID_START) or text[-1] != luhn(body):
        raise ValueError(f"{text} is not a British ICCID with a right Luhn digit")
    return int(body[4:6]), int(body[6:])


def imsi(network: int, number: int) -> str:
    """Write the 15-digit IMSI of a British subscription: two-digit network code, number below 10**10."""
    return f"{_IMSI_START}{_digits(network, 2, 'network code')}{_digits(number, 10, 'subscriber number')}"


def parse_imsi(text: str) -> tuple[int, int]:
    """Read the network code and number of a British IMSI."""
    if not _all_digits(text, _IMSI_DIGITS, "IMSI").startswith(_IMSI_START):
        raise ValueError(f"{text} is not a British IMSI")
    return int(text[3:5]), int(text[5:])


def luhn(body: str) -> str:
    """Give the Luhn check digit of a string of digits (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return str(-(sum(doubled) + sum(map(int, body[-2::-2]))) % 10)


def _mpan_check(core: str) -> str:
    """Weigh by primes (11 left out), modulo 11, modulo 10: a remainder of ten is written 0."""
    return str(sum(w * int(d) for w, d in zip(_MPAN_WEIGHTS, core, strict=True)) % 11 % 10)


def _mprn_check(body: str) -> str:
    """Weigh the digits n, n-1 .. 1, modulo 11, in two digits (a public description; no standard at hand)."""
    return f"{sum(w * int(d) for w, d in zip(range(len(body), 0, -1), body, strict=True)) % 11:02}"


def _within(value: int, limit: int, what: str) -> int:
    if not 0 <= value < limit:
        raise ValueError(f"{what} must lie in 0..{limit - 1}, not {value}")
    return value


def _digits(value: int, width: int, what: str) -> str:
    return f"{_within(value, 10**width, what):0{width}}"


def _all_digits(text: str, count: int, what: str) -> str:
    if len(text) != count or not (text.isascii() and text.isdigit()):
        raise ValueError(f"an {what} is {count} digits")
    return text


def _parse_hex(text: str, count: int, what: str) -> int:
    if not re.fullmatch(rf"[0-9A-Fa-f]{{2}}(?:([-:]?)[0-9A-Fa-f]{{2}}(?:\1[0-9A-Fa-f]{{2}}){{{count - 2}}})", text):
        raise ValueError(f"an {what} is {count} bytes in hex, with dashes, with colons or plain")
    return int(re.sub("[-:]", "", text), 16)
