"""Faults of enrolment, change of supplier and change of tenancy (device dossier 4.6 and 1.3)."""

from collections.abc import Iterable

from emulator.device.faults.fault import Fault, Moment, Parameter, Values
from emulator.device.hub.enrolment import AttemptsForgotten, WanServed, WanSilenced
from emulator.device.journal import DeviceName
from emulator.device.mishaps import KeysReturned, KeysTaken
from emulator.device.overlay import Changes
from emulator.device.reached import Reached

_NOT_LISTED = "NOT-LISTED"


def _silence(moment: Moment) -> Iterable[Reached]:
    yield Reached(DeviceName.CHF, WanSilenced(str(moment.given["cause"])))


def _serve(_: Moment) -> Iterable[Reached]:
    yield Reached(DeviceName.CHF, WanServed())


def _forget_attempts(_: Moment) -> Iterable[Reached]:
    yield Reached(DeviceName.CHF, AttemptsForgotten())


def _take_keys(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, KeysTaken(str(moment.given["party"])))


def _return_keys(moment: Moment) -> Iterable[Reached]:
    yield Reached(moment.device.kind.name, KeysReturned())


def _exclude(given: Values) -> Changes:
    return {"quirks": {"excluded_after": given["attempts"]}}


FAULTS = (
    Fault(
        name="dormant",
        title="Dormant",
        behaviour="The installation is silent on the WAN: the meter measures, the hub has coverage, and nobody is "
        "answered, no alert leaves. Either the customer changed supplier and the new one's systems do not serve the "
        "set, or the supplier ended its contract with the operator. At the stop it is served again, and alerts that "
        "waited go out.",
        source="device dossier 4.6 E1, 1.3 [S14]",
        target="chf",
        alone=True,
        row="E1",
        parameters=(Parameter("cause", "change_of_supplier", "why", words=("change_of_supplier", "contract_ended")),),
        begins=_silence,
        ends=_serve,
    ),
    Fault(
        name="master_key_missing",
        title="Missing master key",
        behaviour="Without the master key no keys can be transferred to the meter, and nobody can prove who he is with "
        "those there are: migration fails whenever it is tried, until the stop. Reading by password goes on.",
        source="device dossier 4.6 E2, 1.3 [S13]",
        target="esme",
        meters=True,
        row="E2",
        changes=lambda _: {"quirks": {"lacks_master_key": True}},
        needs=("dlms",),
    ),
    Fault(
        name="excluded_after_failures",
        title="Five failed attempts",
        behaviour="Every attempt to be let in at the electricity meter that fails is counted; after so many the "
        "installation is excluded, and nothing reaches it over the WAN any more. The stop forgets the attempts.",
        source="device dossier 4.6 E3, 1.3 [S13]",
        target="home",
        row="E3",
        parameters=(Parameter("attempts", 5, "failed attempts that exclude", least=1, most=100),),
        changes=_exclude,
        ends=_forget_attempts,
        absent="the list of exclusions that the migration keeps; here the installation itself falls silent",
    ),
    Fault(
        name="combination_not_listed",
        title="Combination of devices not listed",
        behaviour="The set names a device model combination that stands on no list of eligible ones. Who reads that "
        "refuses to enrol it: the reference adapter at 8.11 and 8.1.1. At the stop the set names its own again.",
        source="device dossier 4.6 E4, 1.3 [S7][S12]",
        target="home",
        row="E4",
        changes=lambda _: {"family": {"combination": _NOT_LISTED}},
        needs=("family",),
    ),
    Fault(
        name="credentials_not_handed_over",
        title="Credentials taken and not handed over",
        behaviour="Another party puts keys of its own into the meter: a SMETS1 device holds one set of keys and none "
        "for each user, so who had the former ones is shut out. At the stop the former keys are in force again.",
        source="device dossier 4.6 E5, 1.2",
        target="esme",
        meters=True,
        row="E5",
        parameters=(Parameter("party", "s1sp", "who takes over", words=("s1sp", "smso", "dco")),),
        begins=_take_keys,
        ends=_return_keys,
    ),
    Fault(
        name="tenancy_not_cleared",
        title="Display not cleared at a change of tenancy",
        behaviour="Displays show what the former tenant used, although the meter was told of the change: history, "
        "costs and last top-ups. At the stop they show the present tenant's alone.",
        source="device dossier 4.6 E6, from memory",
        target="home",
        row="E6",
        changes=lambda _: {"quirks": {"shows_earlier_tenancy": True}},
    ),
    Fault(
        name="false_tamper_at_reboot",
        title="False tamper flag at a reboot",
        behaviour="Whenever the electricity meter starts anew, after firmware or with the mains, it tells of an opened "
        "cover that nobody touched. From the stop on it does not.",
        source="device dossier 4.6 E7, from memory",
        target="esme",
        alone=True,
        row="E7",
        parameters=(
            Parameter("cover", "meter_cover", "which cover it tells of", words=("meter_cover", "terminal_cover")),
        ),
        changes=lambda given: {"quirks": {"tamper_at_reboot": given["cover"]}},
    ),
)
