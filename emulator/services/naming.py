"""How a field of a body is called in the service document: DUIS's own name of the element, from ours.

Ours is the same name in lower case with underscores; words that DUIS writes in another way than Capitalised stand here.
"""

from typing import Final

WORDS: Final = {
    word.lower(): word
    for word in (
        *("TOU", "RMS", "MPAN", "MPRN", "UTRN", "ID", "DSP", "CHF", "GPF", "ESME", "GSME", "UPRN", "PPMID", "IHD"),
        *("CPL", "HAN", "CSP", "KA", "CPV", "S1SP", "ASN1", "SMETS", "ALCS", "HCALCS", "EUI", "CoS", "CoM", "KRP"),
        *("MPxN", "MPxNs", "MPANs", "SMETSCHTS", "SMETS1", "IMSI", "ICCID", "WAN", "GBCS", "DUIS"),
        *("SIM", "CH", "SubGHz"),
    )
}
"""*assumed* beyond the names that service-requests.md lists; a test holds the catalogue's names against that page."""

LOWER: Final = {"join_response_code": "joinResponseCode", "unjoin_response_code": "unjoinResponseCode"}
"""Names that DUIS begins with a small letter."""


def duis_name(ours: str) -> str:
    """Give DUIS's name of a field: `tou_price` is TOUPrice, `meter_balance` is MeterBalance."""
    return LOWER.get(ours) or "".join(WORDS.get(word, word[:1].upper() + word[1:]) for word in ours.split("_"))
