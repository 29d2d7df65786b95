"""The behaviour sheets of functional reference 10.7, service by service: the cases of each hold, over the wire.

The whole suite holds them at every family (tox, environment `conformance`); here each sheet is one test of its own, at
families that differ.
"""

from emulator.conformance import selection
from emulator.conformance.judge import Terms, judge
from emulator.conformance.targets import parse

FULL, BASIC, LITTLE = "elster-as300p", "edmi-es10a", "itron-lite"


def verdicts(family, *names):
    ((place, profile),) = selection.families((family,)).items()
    pairs = [selection.paired(case, profile, place) for case in selection.cases(names)]
    assert len(pairs) == len(names)
    return {pair.case.name: judge(pair, Terms(parse("emulated"))).verdict.value for pair in pairs}


def held(family, *names):
    return verdicts(family, *names) == dict.fromkeys(names, "PASS")


def test_1_5_balance():
    assert held(FULL, "1.5/adds", "1.5/takes-away", "1.5/adds-at-gas", "1.5/resets", "1.5/other-mode")


def test_1_6_payment_mode():
    assert held(BASIC, "1.6/to-prepayment", "1.6/to-credit", "1.6/same-mode-again", "1.6/gas-to-credit")
    assert held(LITTLE, "1.6/no-prepayment")


def test_2_1_prepayment_configuration():
    assert held(FULL, "2.1/replaces-all", "2.1/replaces-all-at-gas", "2.1/friendly-days-keep-supply")


def test_2_2_top_up():
    assert held(BASIC, "2.2/adds-credit", "2.2/adds-credit-at-gas", "2.2/duplicate-utrn", "2.2/for-another-device")


def test_2_3_debt():
    assert held(FULL, "2.3/adds-signed-amounts", "2.3/recovers-daily", "2.3/share-of-top-up", "2.3/gas-payment-debt")
    assert held(BASIC, "2.3/no-debt-by-time")


def test_2_5_emergency_credit():
    assert held(FULL, "2.5/lends-the-limit", "2.5/lends-at-gas", "2.5/already-active", "2.5/credit-left")


def test_3_2_change_of_tenancy():
    assert held(FULL, "3.2/restricts-history", "3.2/restricts-gas-history")


def test_3_3_clear_event_log():
    assert held(LITTLE, "3.3/empties-the-event-log", "3.3/empties-the-gas-log", "3.3/no-other-log")


def test_6_2_configuration():
    names = ("6.2.1/tells-thresholds", "6.2.4/tells-who-it-is", "6.2.5/tells-bands", "6.2.7/tells-the-mpan")
    assert held(FULL, *names, "6.2.8/tells-the-configuration", "6.2.9/tells-the-mode")


def test_6_4_load_limit():
    assert held(BASIC, "6.4.1/sets-the-limit", "6.4.1/opens-the-switch", "6.4.2/counts-anew", "6.4.1/beyond-the-meter")


def test_6_5_voltage():
    names = ("6.5/sets-thresholds", "6.5/under-at-or-above-over", "6.5/another-period-empties-the-log")
    assert held(FULL, *names, "6.5/counters-anew", "6.5/counters-not-reset")


def test_6_6_gas_conversion():
    assert held(LITTLE, "6.6/sets-conversion", "6.6/nothing-is-no-conversion", "6.6/waits-for-the-meter")


def test_6_7_gas_flow():
    assert held(FULL, "6.7/sets-flow", "6.7/rate-in-decimals", "6.7/ends-of-the-range")


def test_6_11_clock():
    assert held(BASIC, "6.11/sets-the-clock", "6.11/at-the-tolerance", "6.11/beyond-the-tolerance")


def test_6_12_power_thresholds():
    assert held(LITTLE, "6.12/sets-bands", "6.12/low-at-or-above-high")


def test_6_13_logs():
    assert held(FULL, "6.13/reads-the-event-log", "6.13/reads-the-security-log", "6.13/log-that-it-has-not")


def test_6_15_and_6_23_credentials():
    assert held(FULL, "6.15.1/keys-are-not-touched", "6.15.2/keys-are-not-touched", "6.23/keys-are-not-touched")
    assert held(LITTLE, "6.15.1/keys-are-not-touched", "6.23/keys-are-not-touched")


def test_7_1_enable():
    assert held(BASIC, "7.1/closes-the-switch", "7.1/tamper-lock-stands", "7.1/no-valve-is-opened")


def test_7_2_disable():
    assert held(BASIC, "7.2/opens-the-switch", "7.2/shuts-the-valve", "7.2/twice", "7.2/is-logged")


def test_7_3_arm():
    assert held(FULL, "7.3/waits-for-the-customer", "7.3/customer-closes", "7.3/lack-of-credit-stands")


def test_7_4_supply_status():
    assert held(LITTLE, "7.4/tells-each-state", "7.4/gas-tells-its-battery")


def test_11_1_update_firmware():
    assert held(BASIC, "11.1/all-of-the-list", "11.1/sorts-its-list", "11.1/is-honest")


def test_11_2_firmware_version():
    assert held(FULL, "11.2/tells-the-version", "11.2/gas-tells-its-version", "11.2/hub-tells-its-version")


def test_what_is_not_for_a_device_is_not_applicable():
    assert held(FULL, "7.1/wrong-target", "6.6/wrong-target", "4.2/wrong-target")
