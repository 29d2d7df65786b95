"""Rows of identity, associations, security and the links (classes 1, 15, 17, 23, 41, 42, 64)."""

from ipaddress import IPv4Address

from emulator.device.commands import ActivateSecurityPolicy, SetSupplyNumber, UpdateSecurityCredentials
from emulator.device.household import Site
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.meter import Meter
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import (
    Attribute,
    Level,
    Method,
    Object,
    Takes,
    View,
    constant,
    data,
    logical_name_octets,
    of_meter,
)
from emulator.dlms.objects.types import BOOLEAN, ENUM, OCTETS, TEXT, U8, U16, U32, InvalidValueError, expect, items
from emulator.dlms.security import SecurityError, unwrap_key, wrap_key

METER_SAP, HUB_SAP, GAS_SAP = 1, 2, 3
SUITE_0 = 0
_OID = bytes.fromhex("60857405 08".replace(" ", ""))
KEY_NAMES = {0: "encryption_key", 2: "authentication_key", 3: "master_key"}  # 1 is the broadcast key: there is none
IPV4_SETUP_NAME = logical_name_octets("0.0.25.1.0.255")
TITLE_SERIAL_BITS = 40


def system_title(site: Site) -> bytes:
    """Give a meter's system title: its FLAG id and the last five octets of its EUI-64 (*assumed*)."""
    low = site.eui64 & ((1 << TITLE_SERIAL_BITS) - 1)
    return site.profile.model.flag.encode("ascii") + low.to_bytes(5, "big")


def logical_device_name(site: Site, server: int) -> bytes:
    """Give the COSEM logical device name: FLAG id first (IEC 62056-6-2, 4.1.8.2), at most 16 octets."""
    profile = site.profile
    maker = profile.model if server != GAS_SAP or profile.gas_model is None else profile.gas_model
    serial = site.hub_serial if server == HUB_SAP else site.serial
    return (maker.flag + serial).encode("ascii")[:16]


def _ldn(view: View) -> bytes:
    return OCTETS.encode(view.logical_devices[view.server])


def _saps(view: View) -> bytes:
    named = view.logical_devices.items()
    return encode(array([structure(Data(Tag.LONG_UNSIGNED, sap), Data(Tag.OCTET_STRING, name)) for sap, name in named]))


LOGICAL_DEVICE_NAME = Object("logical_device_name", "0.0.42.0.0.255", kinds.DATA, {2: Attribute(_ldn, Level.PUBLIC)})
SAP_ASSIGNMENT = Object("sap_assignment", "0.0.41.0.0.255", kinds.SAP_ASSIGNMENT, {2: Attribute(_saps, Level.PUBLIC)})


# Associations


def _partners(view: View) -> bytes:
    return encode(structure(Data(Tag.INTEGER, view.client), Data(Tag.LONG_UNSIGNED, view.server)))


def _context(view: View) -> bytes:
    return OCTETS.encode(_OID + bytes((1, view.terms.context)))


def _mechanism(view: View) -> bytes:
    return OCTETS.encode(_OID + bytes((2, view.terms.mechanism)))


def _terms(view: View) -> bytes:
    terms = view.terms
    return encode(
        structure(
            Data(Tag.BIT_STRING, f"{terms.conformance:024b}"),
            Data(Tag.LONG_UNSIGNED, terms.max_received),
            Data(Tag.LONG_UNSIGNED, terms.max_sent),
            Data(Tag.UNSIGNED, 6),
            Data(Tag.INTEGER, 0),
            Data(Tag.OCTET_STRING, b""),
        )
    )


ASSOCIATION = Object(
    "association",
    "0.0.40.0.0.255",
    kinds.ASSOCIATION_LN,
    {
        2: Attribute(lambda view: view.object_list, Level.PUBLIC),
        3: Attribute(_partners, Level.PUBLIC),
        4: Attribute(_context, Level.PUBLIC),
        5: Attribute(_terms, Level.PUBLIC),
        6: Attribute(_mechanism, Level.PUBLIC),
        8: constant(ENUM.encode(2), Level.PUBLIC),
        9: constant(OCTETS.encode(logical_name_octets("0.0.43.0.0.255"))),
    },
    {1: Method(within="reply_to_hls", level=Level.READER)},
)


# Security setup


def _policy(view: View) -> bytes:
    return ENUM.encode(view.policy)


def _transfer(meter: Meter, keys: Data) -> UpdateSecurityCredentials:
    if meter.site.profile.quirks.lacks_master_key:
        raise InvalidValueError("the master key is missing")
    named: dict[str, bytes] = {}
    for entry in items(keys, Tag.ARRAY):
        number, wrapped = items(entry, Tag.STRUCTURE, 2)
        name = KEY_NAMES.get(expect(number, Tag.ENUM))
        if name is None or name in named:
            raise InvalidValueError("a key id is 0, 2 or 3, each once")
        try:
            named[name] = unwrap_key(meter.records.credentials.master_key, expect(wrapped, Tag.OCTET_STRING))
        except SecurityError as error:
            raise InvalidValueError(str(error)) from error
    return UpdateSecurityCredentials(**named)


def transfer_data(command: UpdateSecurityCredentials, master_key: bytes) -> Data:
    """Give the parameter of global_key_transfer: each key wrapped under the present master key."""
    given = [(number, getattr(command, name)) for number, name in KEY_NAMES.items()]
    return array(
        [
            structure(Data(Tag.ENUM, number), Data(Tag.OCTET_STRING, wrap_key(master_key, key)))
            for number, key in given
            if key is not None
        ]
    )


SECURITY_SETUP = Object(
    "security_setup",
    "0.0.43.0.0.255",
    kinds.SECURITY_SETUP,
    {
        2: Attribute(_policy),
        3: constant(ENUM.encode(SUITE_0)),
        4: Attribute(lambda view: OCTETS.encode(view.terms.client_title)),
        5: Attribute(lambda view: OCTETS.encode(view.server_title), Level.PUBLIC),
    },
    {
        1: Method(
            Takes(
                ActivateSecurityPolicy,
                lambda _, value: ActivateSecurityPolicy(expect(value, Tag.ENUM)),
                lambda command: Data(Tag.ENUM, command.policy),
            )
        ),
        # The head end wraps with the master key it was given: see HeadEnd.transfer_keys.
        2: Method(Takes(UpdateSecurityCredentials, _transfer, lambda _: None)),
    },
)
# One security for all devices behind an address (*assumed*): it is told at each of them, and changed at the meter.
SECURITY_TOLD = SECURITY_SETUP._replace(methods={})
INVOCATION_COUNTER = Object(
    "invocation_counter",
    "0.0.43.1.0.255",
    kinds.DATA,
    {2: Attribute(lambda view: U32.encode(view.counter), Level.PUBLIC)},
)


# Links


def _address(view: View) -> bytes:
    return U32.encode(int(IPv4Address(view.address[0])))


HDLC_SETUP = Object(
    "hdlc_setup",
    "0.0.22.0.0.255",
    kinds.HDLC_SETUP,
    {
        2: constant(ENUM.encode(5)),
        3: of_meter(lambda meter: meter.site.profile.wire.hdlc.window, U8),
        4: of_meter(lambda meter: meter.site.profile.wire.hdlc.window, U8),
        5: of_meter(lambda meter: meter.site.profile.wire.hdlc.information_field, U16),
        6: of_meter(lambda meter: meter.site.profile.wire.hdlc.information_field, U16),
        7: constant(U16.encode(25)),
        8: of_meter(lambda meter: meter.site.profile.wire.hdlc.inactivity_s, U16),
        9: of_meter(lambda meter: meter.site.profile.wire.hdlc.physical_address, U16),
    },
)
TCP_UDP_SETUP = Object(
    "tcp_udp_setup",
    "0.0.25.0.0.255",
    kinds.TCP_UDP_SETUP,
    {
        2: Attribute(lambda view: U16.encode(view.address[1])),
        3: constant(OCTETS.encode(IPV4_SETUP_NAME)),
        4: constant(U16.encode(1460)),
        5: constant(U8.encode(8)),
        6: of_meter(lambda meter: meter.site.profile.wire.hdlc.inactivity_s, U16),
    },
)
IPV4_SETUP = Object(
    "ipv4_setup",
    "0.0.25.1.0.255",
    kinds.IPV4_SETUP,
    {
        2: constant(OCTETS.encode(logical_name_octets("0.0.25.2.0.255"))),
        3: Attribute(_address),
        4: constant(encode(array([]))),
        5: constant(encode(array([]))),
        6: constant(U32.encode(0xFF000000)),
        7: constant(U32.encode(0)),
        8: constant(BOOLEAN.encode(0)),
        9: constant(U32.encode(0)),
        10: constant(U32.encode(0)),
    },
)


# Identity

IDENTITY: tuple[Object, ...] = (
    data("serial", "0.0.96.1.0.255", "serial", level=Level.PUBLIC),
    Object(
        "eui64",
        "0.0.96.1.1.255",
        kinds.DATA,
        {
            2: Attribute(
                lambda view: OCTETS.encode(view.meter.site.eui64.to_bytes(8, "big")),
                items={"eui64": lambda value: format_eui64(parse_eui64(OCTETS.decode(value).hex()))},
            )
        },
    ),
    data("maker", "0.0.96.1.2.255", "maker"),
    data("model", "0.0.96.1.4.255", "model"),
    data("firmware", "1.0.0.2.0.255", "firmware"),
    data(
        "mpan",
        "1.0.0.0.0.255",
        "mpan",
        write=Takes(
            SetSupplyNumber,
            lambda _, written: SetSupplyNumber(TEXT.decode(written)),
            lambda command: Data(Tag.OCTET_STRING, command.number.encode("latin-1")),
        ),
    ),
)

ADMINISTRATION: tuple[Object, ...] = (
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    ASSOCIATION,
    *IDENTITY,
    SECURITY_SETUP,
    INVOCATION_COUNTER,
    HDLC_SETUP,
    TCP_UDP_SETUP,
    IPV4_SETUP,
)
