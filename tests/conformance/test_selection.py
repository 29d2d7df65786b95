"""Which cases a run has, by words; at which families; and that the table of cases is sound."""

import re
from collections import Counter

import pytest

from emulator.conformance import selection
from emulator.conformance.case import Group
from emulator.conformance.cases import CASES
from emulator.farm import library
from emulator.services import catalogue


def names(*what):
    return {case.name for case in selection.cases(what)}


def test_names_are_unique_and_say_which_service():
    assert not [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
    for case in CASES:
        assert re.fullmatch(r"[a-z0-9.]+/[a-z0-9-]+", case.name), case.name
        assert case.says
        assert case.clause
        assert all(catalogue.find(variant).variant == variant for variant in case.services)


def test_without_a_word_all_are_chosen():
    assert selection.cases() == CASES


def test_words_are_names_services_groups_and_globs():
    assert names("7.2/wrong-role") == {"7.2/wrong-role"}
    assert names("7.2/wrong-role", "7.4/not-offered") == {"7.2/wrong-role", "7.4/not-offered"}
    assert names("7.1") >= {"7.1/closes-the-switch", "7.1/no-valve-is-opened"}
    assert names("7") >= names("7.1") | names("7.2") | names("7.3") | names("7.4")
    assert names("*/wrong-*") == {case.name for case in CASES if "/wrong-" in case.name}
    for word in ("wrong role", "WRONG_ROLE", "wrong-role", "Wrong role"):
        assert names(word) == {case.name for case in CASES if case.group is Group.WRONG_ROLE}


def test_a_service_by_its_number_is_no_beginning_of_another():
    for case in selection.cases(["7.1"]):
        own = (case.name.partition("/")[0], *case.services)
        assert any(one == "7.1" or one.startswith("7.1.") for one in own)


def test_what_is_no_case_is_refused_with_what_is_near():
    with pytest.raises(selection.SelectionError, match=r"near: 7\.2/wrong-role"):
        selection.cases(["7.2/wrong-rôle"])
    with pytest.raises(selection.SelectionError, match="conformance list"):
        selection.cases(["99"])


def test_families_are_packaged_ones_globs_and_files():
    assert tuple(selection.families()) == library.names()
    assert set(selection.families(["elster*"])) == {one for one in library.names() if one.startswith("elster")}
    for word in ("no-such-family", "x*", "no-such-file.toml"):
        with pytest.raises(selection.SelectionError):
            selection.families([word])


def test_a_case_is_left_out_where_it_means_nothing():
    pairs = selection.pairs(selection.cases(["7.4/not-offered"]), selection.families())
    assert {pair.chosen.choice for pair in pairs} <= {"run", "not established"}
    assert len(pairs) < len(library.names())
