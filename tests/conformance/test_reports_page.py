"""report.html: well-formed, everything escaped, nothing fetched, each link leads somewhere."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from report_samples import GARBAGE, RUN, every_verdict, evidence, finding

from emulator.conformance.reports import build
from emulator.conformance.reports.page import MOST_EVIDENCE, html
from emulator.conformance.verdict import Verdict

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.texts, self.wrong = [], [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if len(attrs) != len(dict(attrs)):
            self.wrong.append((tag, attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def text():
    return html(build(every_verdict(), RUN))


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_it_is_well_formed(page):
    assert page.wrong == []
    assert page.open == []


def test_what_an_adapter_answered_is_text(page, text):
    assert "<script>alert" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "\\x00" in text
    assert "\\u202e" in text
    assert len(page.all("script")) == 1
    assert any("<script>alert(1)</script>" in one for one in page.texts["pre"])
    assert any("{{ 7*7 }}" in one for one in page.texts["dd"])


def test_only_its_own_style_and_script_may_run(page, text):
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    handlers = {name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"}
    assert handlers == set()


def test_it_fetches_nothing(page, text):
    assert not [name for _, attributes in page.tags for name in attributes if name in {"src", "srcset", "action"}]
    assert all(one["href"].startswith("#") for one in page.all("a"))
    assert "url(" not in text
    assert "@import" not in text


def test_each_link_leads_somewhere_and_each_name_is_one(page):
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {one["href"].removeprefix("#") for one in page.all("a")} <= set(names)


def test_tables_say_what_their_heads_are_of(page):
    assert page.all("th")
    assert all(one.get("scope") in {"col", "row"} for one in page.all("th"))
    assert page.all("html") == [{"lang": "en-GB"}]


def test_each_verdict_is_a_word_in_the_matrix(page):
    cells = " ".join(page.texts["a"] + page.texts["td"])
    assert all(verdict.value in cells for verdict in Verdict)


def test_the_verdict_comes_first(text):
    order = [text.index(one) for one in ('<h1 class="verdict bad"', 'id="services"', 'id="untested"', 'id="findings"')]
    assert order == sorted(order)
    assert "Not passed." in text


def test_only_what_differs_in_the_state_is_shown(text):
    page = html(build([finding(verdict=Verdict.FAIL, **evidence())], RUN))
    assert "devices.esme.prepay.balance_mp" in page
    assert "devices.esme.serial" not in page
    assert GARBAGE not in text


def test_a_run_without_any_finding_has_a_page():
    page = Page(html(build([], RUN)))
    assert page.wrong == []
    assert "Nothing was proved. No check was run." in " ".join(page.texts["h1"])


def test_a_page_of_many_failures_can_still_be_mailed():
    failed = [finding(f"2.2/case-{n}", verdict=Verdict.FAIL, **evidence()) for n in range(3 * MOST_EVIDENCE)]
    text = html(build(failed, RUN))
    assert text.count("Documents sent and received") == MOST_EVIDENCE
    assert len(text) < 4_000_000
    assert f"findings/{MOST_EVIDENCE + 1:05d}-*.json" in text
