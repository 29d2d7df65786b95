"""The facts of the device dossier, one a row: a family, a key, what it must be, the section that says so."""

import re
from typing import Any

import pytest

from emulator.device.fidelity import ledger
from emulator.farm import library

SECURE, E470, TOKENLESS = "secure-liberty100", "landis-gyr-e470", "landis-gyr-tokenless"
AS300P, AS330, ACLARA = "elster-as300p", "elster-as330-mixed", "aclara-sgm1411"
EDMI, ITRON = "edmi-es10a", "itron-lite"

IDENTITY = [
    # FLAG letters (2.1), ZigBee codes (2.2) and OUIs (2.3) of meters, gas meters and hubs
    (SECURE, "model.flag", "EHL", "2.1"),
    (E470, "model.flag", "LGB", "2.1"),
    (TOKENLESS, "model.flag", "LGB", "2.1"),
    (AS300P, "model.flag", "ELR", "2.1"),
    (AS330, "model.flag", "ELS", "2.1"),
    (ACLARA, "model.flag", "ACL", "2.1"),
    (EDMI, "model.flag", "EDM", "2.1"),
    (ITRON, "model.flag", "ITE", "2.1"),
    (ACLARA, "gas_model.flag", "FLO", "2.1"),
    (ITRON, "gas_model.flag", "ITG", "2.1"),
    (SECURE, "model.zigbee_code", 0x1031, "2.2"),
    (E470, "model.zigbee_code", 0x1063, "2.2"),
    (AS300P, "model.zigbee_code", 0x1057, "2.2"),
    (AS330, "model.zigbee_code", 0x1057, "2.2"),
    (ACLARA, "model.zigbee_code", 0x118F, "2.2"),
    (ACLARA, "gas_model.zigbee_code", 0x123E, "2.2"),
    (EDMI, "model.zigbee_code", 0x106C, "2.2"),
    (ITRON, "model.zigbee_code", 0x1028, "2.2"),
    (SECURE, "model.oui", "B8-79-7E", "2.3"),
    (E470, "model.oui", "98-B1-77", "2.3"),
    (TOKENLESS, "model.oui", "30-EB-5A", "2.3"),
    (AS300P, "model.oui", "00-23-7E", "2.3"),
    (ACLARA, "model.oui", "00-1D-24", "2.3"),
    (ACLARA, "gas_model.oui", "90-4D-C3", "2.3"),
    (EDMI, "model.oui", "44-11-02", "2.3"),
    (ITRON, "model.oui", "00-07-81", "2.3"),
    (E470, "hub.oui", "00-0A-DB", "2.3"),
    (AS330, "hub.oui", "00-14-77", "2.3"),
    (ACLARA, "ihd.oui", "0C-A2-F4", "2.3"),
    (ITRON, "ihd.oui", "2C-7E-CF", "2.3"),
    (SECURE, "model.serial", "{year}P{number:7}", "2.4"),
    (EDMI, "model.serial", "{year}E{number:7}", "2.4"),
    (SECURE, "gas_model.serial", "G4P{number:7}{year}01", "2.4"),
    (SECURE, "firmware_model.parts.0.name", "application", "2.4"),
    (SECURE, "firmware_model.parts.1.name", "metrology", "2.4"),
    (E470, "firmware_model.parts.0.version_format", "V##.##.##.## -hhhhhh", "2.4"),
]
ENROLMENT = [
    (SECURE, "family.cohort", "MOC-Secure", "1.1"),
    (E470, "family.cohort", "FOC", "1.1"),
    (AS330, "family.cohort", "FOC", "1.1"),
    (EDMI, "family.cohort", "FOC", "1.1"),
    (AS300P, "family.cohort", "IOC", "1.1"),
    (ACLARA, "family.cohort", "IOC", "1.1"),
    (ITRON, "family.cohort", "IOC", "1.1"),
    (TOKENLESS, "family.cohort", "none", "8"),
    (SECURE, "family.weight", 320, "8"),
    (E470, "family.weight", 360, "8"),
    (AS300P, "family.weight", 120, "8"),
    (ACLARA, "family.weight", 80, "8"),
    (AS330, "family.weight", 60, "8"),
    (EDMI, "family.weight", 40, "8"),
    (TOKENLESS, "family.weight", 0, "8"),
    (ITRON, "family.weight", 20, "8"),
    (ITRON, "family.dormant", 1000, "8"),
    (SECURE, "family.service_provider", "Secure Meters UK", "1.2"),
    (E470, "family.service_provider", "Trilliant", "1.2"),
    (AS300P, "security.user_credentials", False, "1.2"),
    (SECURE, "security.user_credentials", False, "1.2"),
]
LIBERTY = [
    (SECURE, "protocol", "zigbee", "3.1"),
    (SECURE, "metering.tou_registers", 48, "3.1"),
    (SECURE, "metering.import_profile_days", 395, "3.1"),
    (SECURE, "metering.other_profile_days", 395, "3.1"),
    (SECURE, "metering.export", True, "3.1"),
    (SECURE, "metering.reactive", True, "3.1"),
    (SECURE, "prepayment.utrn_digits", "20-40-60", "3.1"),
    (SECURE, "prepayment.utrn_tries", 5, "3.1"),
    (SECURE, "prepayment.credits_kept", 5, "3.1"),
    (SECURE, "prepayment.words.duplicate", "Duplicate", "3.1"),
    (SECURE, "prepayment.words.wrong_device", "Invalid", "3.1"),
    (SECURE, "prepayment.words.not_authentic", "Incorrect", "3.1"),
    (SECURE, "prepayment.words.incomplete", "Incomplete", "3.1"),
    (SECURE, "prepayment.words.above_max_balance", "Account High", "3.1"),
    (SECURE, "prepayment.words.below_min_balance", "Account Low", "3.1"),
    (SECURE, "display.kind", "keypad", "3.1"),
    (SECURE, "display.buzzer", True, "3.1"),
    (SECURE, "display.said_s", 4, "3.1"),
    (SECURE, "display.idle_s", 20, "3.1"),
    (SECURE, "display.submits_when_idle", True, "3.1"),
    (SECURE, "display.words.locked", "Key Locked", "3.1"),
    (SECURE, "display.words.code", "Vend Mode", "3.1"),
    (SECURE, "display.words.not_used", "Not Used", "3.1"),
    (SECURE, "display.keys.entry.A", ("erase",), "3.1"),
    (SECURE, "display.keys.entry.B", ("submit",), "3.1"),
    (SECURE, "display.keys.asked.B", ("confirm",), "3.1"),
    (SECURE, "display.keys.pages.B", ("mute", "back"), "3.1"),
    (SECURE, "display.menus.key_9.0.label", "IMP KWH", "3.9"),
    (SECURE, "display.menus.key_6.3.label", "IMP R{n}", "3.9"),
    (SECURE, "hub.model", "Skyline-i 510", "3.1"),
    (SECURE, "wan.mode", "wake_on_sms", "3.1"),
    (SECURE, "wan.last_gasp", True, "3.1"),
    (SECURE, "alerts.configurable", "each", "3.1"),
    (SECURE, "optical.modes", ("C",), "3.1"),
    (SECURE, "optical.lockable", True, "3.1"),
    (SECURE, "gas_device.tamper_locks", True, "3.1"),
    (SECURE, "gas_device.wake_interval_s", 1800, "3.1"),
    (SECURE, "gas_device.profile_unit", "kWh", "4.4"),
    (SECURE, "gas_display.idle_s", 30, "3.1"),
    (SECURE, "ppmid.rejoin_s", 600, "3.1"),
    (SECURE, "ihd.refresh_s", 10, "3.1"),
    (SECURE, "ihd.model", "PIPIT 500", "3.1"),
]
LANDIS_GYR = [
    (E470, "protocol", "zigbee", "3.2"),
    (E470, "prepayment.utrn_tries", 5, "3.2"),
    (E470, "prepayment.utrn_window_s", 600, "3.2"),
    (E470, "prepayment.utrn_lock_s", 3600, "3.2"),
    (E470, "prepayment.words.duplicate", "Credit Already Used", "3.2"),
    (E470, "prepayment.words.not_authentic", "Invalid Code", "3.2"),
    (E470, "display.words.enable", "Press B for Elec", "3.2"),
    (E470, "display.words.enable_question", "En Supply, A = No, B = Yes", "3.2"),
    (E470, "display.keys.entry.A", ("digit up",), "3.2"),
    (E470, "display.keys.entry.B", ("digit on",), "3.2"),
    (E470, "display.keys.entry.B-hold", ("submit",), "3.2"),
    (E470, "display.keys.asked.A", ("cancel",), "3.2"),
    (E470, "display.menus.main.0.label", "Total Act Import", "3.2"),
    (E470, "display.menus.main.1.label", "Rate 0{n} Act Imp", "3.2"),
    (E470, "gas_model.hardware", "E6V", "3.2"),
    (E470, "gas_model.model", "G370", "3.2"),
    (E470, "gas_device.battery_days", 4166, "3.2"),
    (E470, "gas_device.depletion_locks", True, "3.2"),
    (E470, "gas_display.words.on", "Credit ON", "3.2"),
    (E470, "gas_display.words.waiting", "Please wait", "3.2"),
    (E470, "gas_display.menus.main.1.label", "Meter Index", "3.2"),
    (E470, "hub.maker", "Trilliant", "3.2"),
    (E470, "hub.imsi_network", 15, "3.2"),
    (E470, "han.capacity", 3, "3.2"),
    (E470, "ihd.model", "ecoMeter", "3.2"),
    (E470, "optical", None, "3.10"),
    (TOKENLESS, "protocol", "sms", "3.2"),
    (TOKENLESS, "gas_model", None, "3.2"),
    (TOKENLESS, "metering.tou_registers", 4, "3.2"),
    (TOKENLESS, "prepayment.credits_kept", 3, "3.2"),
    (TOKENLESS, "schedules.spread_s", 7200, "3.2"),
    (TOKENLESS, "schedules.by", "sms", "3.2"),
    (TOKENLESS, "schedules.kinds", ("daily", "weekly", "monthly", "billing"), "3.2"),
    (TOKENLESS, "display.words.code", "CODE", "3.2"),
    (TOKENLESS, "display.words.rejected", "Error", "3.2"),
    (TOKENLESS, "display.idle_s", 30, "3.2"),
    (TOKENLESS, "display.keys.entry.both-hold", ("submit",), "3.2"),
    (TOKENLESS, "display.keys.pages.orange", ("enable", "emergency"), "3.2"),
    (TOKENLESS, "display.menus.main.3.label", "STCH", "3.2"),
    (TOKENLESS, "display.menus.main.5.label", "TOT", "3.2"),
]
OTHERS = [
    (AS300P, "firmware_model.stages", "three-stage", "3.3"),
    (AS300P, "gas_model.model", "BK-G4E", "3.3"),
    (AS300P, "gas_model.hardware", "ECM.10", "3.3"),
    (AS300P, "hub.model", "AM110R", "3.3"),
    (AS300P, "gas_optical.window_s", 60, "3.3"),
    (AS300P, "optical.modes", ("C", "E"), "3.3"),
    (AS330, "gas_optical.window_s", 60, "3.3"),
    (AS330, "gas_model.hardware", "ECM.02", "3.3"),
    (AS330, "hub.maker", "Trilliant", "3.8"),
    (AS330, "han.capacity", 3, "4.3 H4"),
    (AS330, "display.menus.main.0.shows", "serial", "3.3"),
    (ACLARA, "firmware_model.parts.0.over_the_air", True, "3.4"),
    (ACLARA, "firmware_model.parts.1.over_the_air", False, "3.4"),
    (ACLARA, "dlms.logical_names.import_profile", "0.0.99.1.0.255", "6.2"),
    (ACLARA, "dlms.logical_names.other_profile", "0.0.99.1.1.255", "6.2"),
    (ACLARA, "dlms.logical_names.daily_reads", "0.0.98.1.9.255", "6.2"),
    (ACLARA, "dlms.logical_names.firmware", "0.0.0.2.1.255", "6.3"),
    (ACLARA, "dlms.logical_names.mpan", "0.0.94.44.34.11", "6.3"),
    (ACLARA, "dlms.logical_names.load_limit_counter", "0.0.94.44.42.255", "6.1"),
    (ACLARA, "alerts.codes", {}, "3.4"),
    (ACLARA, "display.words.code", "Enter UTRN", "3.4"),
    (ACLARA, "display.menus.tou.0.label", "TOU Rate {n}", "3.4"),
    (ACLARA, "display.menus.prepayment.1.shows", "to_clear", "3.4"),
    (ACLARA, "gas_model.model", "G4SZV-1", "3.7"),
    (ACLARA, "gas_optical.modes", ("C",), "3.7"),
    (EDMI, "display.keys.pages.right-hold", ("ask enable", "ask emergency", "open billing"), "3.5"),
    (EDMI, "display.keys.pages.left-hold", ("home",), "3.5"),
    (EDMI, "display.words.low_credit", "arrow 1", "3.5"),
    (EDMI, "display.words.emergency_offered", "arrow 3", "3.5"),
    (EDMI, "display.menus.billing.3.label", "TOUmtrx Rate {n}", "3.5"),
    (EDMI, "prepayment.words.duplicate", "Duplicate TopUp", "3.5"),
    (EDMI, "prepayment.words.above_max_credit", "Exceeds maximum", "3.5"),
    (EDMI, "gas_display.words.code", "Topup", "3.5"),
    (EDMI, "gas_display.blank_when_idle", True, "3.5"),
    (EDMI, "gas_display.idle_s", 30, "3.5"),
    (ITRON, "gas_model.model", "RF1 sV ZB", "3.6"),
    (ITRON, "firmware_model.stages", "combined", "3.11"),
]
MATRIX = [
    *((name, "prepayment.level", "full", "3.11") for name in (SECURE, E470, TOKENLESS, AS300P, ACLARA)),
    (EDMI, "prepayment.level", "basic", "3.11"),
    (ITRON, "prepayment.level", "none", "3.11"),
    (AS300P, "metering.tou_registers", 48, "3.11"),
    (ACLARA, "metering.tou_registers", 48, "3.11"),
    (E470, "metering.tou_registers", 8, "3.11"),
    (EDMI, "metering.tou_registers", 8, "3.11"),
    (ITRON, "metering.tou_registers", 4, "3.11"),
    *((name, "metering.import_profile_days", 395, "3.11") for name in (E470, AS300P, ACLARA, EDMI)),
    (ITRON, "metering.import_profile_days", 60, "3.11"),
    *((name, "metering.export", True, "3.11") for name in (E470, AS300P, ACLARA, EDMI)),
    (ITRON, "metering.export", False, "3.11"),
    *((name, "metering.reactive", True, "3.11") for name in (AS300P, ACLARA, EDMI)),
    *((name, "metering.reactive", False, "3.11") for name in (E470, TOKENLESS, ITRON)),
    (E470, "alerts.configurable", "none", "3.11"),
    (TOKENLESS, "alerts.configurable", "none", "3.11"),
    (AS300P, "alerts.configurable", "some", "3.11"),
    (ACLARA, "alerts.configurable", "each", "3.11"),
    (EDMI, "alerts.configurable", "none", "3.11"),
    (ITRON, "alerts.configurable", "none", "3.11"),
    (SECURE, "firmware_model.stages", "combined", "3.11"),
    (E470, "firmware_model.stages", "two-stage", "3.11"),
    (TOKENLESS, "firmware_model.stages", "none", "3.11"),
    (EDMI, "firmware_model.stages", "two-stage", "3.11"),
    *((name, "schedules.by", "push", "3.11") for name in (SECURE, E470)),
    *((name, "schedules", None, "3.11") for name in (AS300P, ACLARA, EDMI, ITRON)),
    (SECURE, "metering.blocks", 8, "3.11"),
    *((name, "metering.blocks", 4, "3.11") for name in (E470, AS300P, AS330, ACLARA, EDMI)),
    *((name, "metering.blocks", 0, "3.11") for name in (TOKENLESS, ITRON)),
    *((name, "metering.hybrid", True, "3.11") for name in (SECURE, AS300P, AS330, ACLARA)),
    *((name, "metering.hybrid", False, "3.11") for name in (E470, EDMI, TOKENLESS, ITRON)),
    *((name, "power.load_limit", True, "3.11") for name in (SECURE, E470, AS300P, AS330, ACLARA, EDMI)),
    *((name, "power.load_limit", False, "3.11") for name in (TOKENLESS, ITRON)),
    *((name, "voltage.averages", True, "3.11") for name in (SECURE, E470, AS300P, AS330, ACLARA, EDMI)),
    *((name, "voltage.averages", False, "3.11") for name in (TOKENLESS, ITRON)),
]
HAN = [
    *((name, "zigbee.profile_id", 0x0109, "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.key_establishment", "sect163k1", "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.white_list", True, "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.devices.chf.node", "coordinator", "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.devices.esme.node", "router", "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.devices.gsme.node", "end_device", "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.devices.esme.report_s", 10, "7.1") for name in (SECURE, E470)),
    *((name, "zigbee.devices.gsme.poll_s", 1800, "7.1") for name in (SECURE, E470)),
    (SECURE, "zigbee.devices.gsme.report_s", 900, "3.1"),
    *((name, "zigbee.calendars", "proprietary", "7.2") for name in (SECURE, E470)),
]
HABITS: list[tuple[str, str, Any, str]] = [
    (SECURE, "quirks.half_hours", "double", "8, 4.4 D1"),
    (SECURE, "quirks.extra_wake_sms", 1, "8, 4.1 W1"),
    (SECURE, "quirks.no_new_displays", True, "8, 4.3 H7"),
    (SECURE, "quirks.credit_at_mode_change", "refunded", "3.1, 4.5 P6"),
    (E470, "quirks.flat_battery_shuts", True, "3.2, 4.3 H11"),
    (TOKENLESS, "quirks.rolls_over_at", 100_000_000, "3.2, 4.4 D8"),
]
FACTS: list[tuple[str, str, Any, str]] = [*IDENTITY, *ENROLMENT, *LIBERTY, *LANDIS_GYR, *OTHERS, *MATRIX, *HAN, *HABITS]


def found(name, path):
    value = library.packaged(name)
    for part in path.split("."):
        if isinstance(value, dict):
            value = value[part]
        elif isinstance(value, tuple):
            value = value[int(part)]
        else:
            value = getattr(value, part)
    return value


@pytest.mark.parametrize(("name", "path", "expected", "section"), FACTS)
def test_a_fact_of_the_dossier_stands_in_the_profile(name, path, expected, section):
    assert found(name, path) == expected, f"device dossier {section}"


def test_the_table_is_large_and_says_nothing_twice():
    assert len(FACTS) >= 120
    assert len({fact[:2] for fact in FACTS}) == len(FACTS)
    assert {fact[0] for fact in FACTS} == set(library.names())


def test_which_clusters_serve_metering_price_and_prepayment():
    """Dossier 7.2: metering on both meters and the hub's mirror, price on the meter, prepayment on both meters."""
    for name in (SECURE, E470):
        devices = found(name, "zigbee.devices")
        assert all("metering" in devices[device].servers for device in ("esme", "gsme", "chf"))
        assert "price" in devices["esme"].servers
        assert all("prepayment" in devices[device].servers for device in ("esme", "gsme"))
        assert all({"basic", "key_establishment"} <= set(one.servers) for one in devices.values())
        assert "calendar" not in devices["esme"].servers  # 1.2 only
    assert "prepayment" not in found(E470, "zigbee.devices.ihd").clients
    assert set(found(SECURE, "zigbee.devices")) == {"chf", "esme", "gsme", "ppmid", "ihd"}


@pytest.mark.parametrize("key", "0123456789")
def test_every_key_of_the_keypad_opens_its_page(key):
    """Dossier 3.1, the table of keys: each digit has a page of its own."""
    actions = found(SECURE, f"display.keys.pages.{key}")
    assert actions[-1] == f"open key_{key}"
    assert found(SECURE, f"display.menus.key_{key}")


SURE = [
    *(
        (SECURE, key, "document")
        for key in ("metering.blocks", "metering.hybrid", "power.load_limit", "voltage.averages")
    ),
    *(
        (ACLARA, key, "inferred")
        for key in ("metering.blocks", "metering.hybrid", "power.load_limit", "voltage.averages")
    ),
    (E470, "voltage.averages", "inferred"),
    (ITRON, "power.load_limit", "inferred"),
    (EDMI, "prepayment.level", "by us"),
    (SECURE, "metering.import_profile_days", "document"),
    (SECURE, "prepayment.utrn_digits", "document"),
    (SECURE, "prepayment.utrn_lock_s", "by us"),
    (SECURE, "prepayment.charge_minute", "by us"),
    (SECURE, "model.serial", "from memory"),
    (SECURE, "ihd.model", "from memory"),
    (SECURE, "family.weight", "document"),
    (E470, "family.weight", "inferred"),
    (E470, "han.capacity", "document"),
    (E470, "prepayment.utrn_window_s", "document"),
    (E470, "model.firmware", "by us"),
    (TOKENLESS, "metering.tou_registers", "document"),
    (TOKENLESS, "metering.import_profile_days", "by us"),
    (AS300P, "hub.model", "from memory"),
    (AS300P, "model.flag", "inferred"),
    (AS300P, "hub.oui", "inferred"),
    (AS300P, "installation.last_year", "from memory"),
    (E470, "hub.imsi_network", "inferred"),
    (E470, "hub.iccid_issuer", "by us"),
    (E470, "display.idle_s", "by us"),
    (SECURE, "firmware_model.reboot_s", "by us"),
    (SECURE, "ihd.battery_s", "by us"),
    (AS300P, "hdlc.window", "clause"),
    (AS300P, "metering.tou_registers", "inferred"),
    (AS300P, "prepayment.balance_for_each_mode", "by default"),
    (ACLARA, "ihd.oui", "capture"),
    (ACLARA, "firmware_model.parts", "inferred"),
    (ACLARA, "clock.drift_ppm", "by us"),
    (EDMI, "gas_model.model", "by us"),
    (EDMI, "family.weight", "document"),
    (ITRON, "prepayment.level", "inferred"),
    (ITRON, "gas_model.model", "document"),
]


@pytest.mark.parametrize(("name", "place", "kind"), SURE)
def test_how_sure_a_key_is(name, place, kind):
    (line,) = [line for line in ledger(library.packaged(name)) if line.place == place]
    assert line.kind == kind


def test_no_version_is_passed_off_as_one_of_the_published_list():
    """Warning 1 of the dossier: the list itself was not available, so no version string is certain."""
    for name in library.names():
        for line in ledger(library.packaged(name)):
            if line.key == "firmware" and not line.assumed:
                assert "example" in line.claim.source, (name, line.place)
                assert "no published list" in line.claim.source, (name, line.place)


def test_every_assumption_says_what_it_stands_on():
    for name in library.names():
        unsaid = [line.place for line in ledger(library.packaged(name)) if line.kind == "no basis given"]
        assert not unsaid, name


OURS = re.compile(r"from memory|inferred|by us|\bours?\b|not (known|said|public)|no document")


def test_what_a_source_says_is_inferred_or_from_memory_or_ours_the_profile_does_too():
    """A document that says less than the key is none for it: the key is an assumption that begins with the document."""
    for name in library.names():
        for line in ledger(library.packaged(name)):
            if OURS.search(line.claim.source):
                assert line.assumed, (name, line.place)


def test_variations_name_services_that_there_are():
    """The references of the 37 minimum services and the commissioning ones (service reference, 4 and 5)."""
    known = {"1.1", "1.6", "2.2", "3.2", "4.1", "4.8.1", "4.10", "6.11", "7.3", "8.1.1", "8.11", "11.1"}
    rows = {name: found(name, "variations.rows") for name in library.names()}
    assert all(len(held) >= 3 for held in rows.values())
    assert {row.service for held in rows.values() for row in held} <= known
    assert next(row for row in rows[SECURE] if row.service == "4.10").steps == ("wake by SMS", "wake by SMS")
