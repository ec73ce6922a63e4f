"""The explorer without a browser: set a value, look at what follows."""

from __future__ import annotations

import base64
import csv
import gc
import io
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ipywidgets
import openpyxl
import pandas as pd
import pytest
from ipywidgets.widgets import widget
from make_reports import make_report
from matplotlib.figure import Figure

import govreport as gr
from govreport.errors import GovreportError, UsageError
from govreport.explore import Board, Selection
from govreport.frames import Frames, to_frames
from govreport.model import Region
from govreport.widgets import Explorer, explorer, several
from govreport.widgets.downloads import csv_bytes, file_name
from govreport.widgets.panels import TABS
from govreport.widgets.tables import link
from govreport.widgets.words import _words, say

NASTY = "<img src=x onerror=window.__hacked=1>"
PACKAGE = Path(gr.__file__).parent / "widgets"


@pytest.fixture(scope="module")
def frames() -> Frames:
    return gr.sample()


@pytest.fixture
def shown(frames: Frames) -> Explorer:
    return explorer(frames)


def counts(made: Explorer) -> str:
    found = re.search(r'gr-counts">(.*?)<', made._counts.value)
    assert found
    return found[1]


def labels(control: Any) -> list[str]:
    return [option[0] if isinstance(option, tuple) else option for option in control.options]


class TestStart:
    def test_everything_is_shown(self, shown: Explorer) -> None:
        assert counts(shown) == "9 份报告，8 个机关；其中 9 份有此数"
        assert shown.panels.open_tab == "trend"
        assert shown.panels.contents["trend"].value.count("data:image/png;base64,") == 2
        assert "上面选一个机关" in shown.one.page.value

    def test_it_can_start_anywhere(self, frames: Frames) -> None:
        made = explorer(frames, lang="en", province="江苏省", years=(2024, 2024), measure="not_held_share")
        assert counts(made) == "2 reports of 2 bodies; the figure is known in 2"
        assert made.controls.levels["province"].value == "江苏省"
        assert (made.controls.first.value, made.controls.topic.value) == (2024, "rates")

    @pytest.mark.parametrize(
        ("start", "told"),
        [
            ({"province": "火星省"}, "no report is from the province '火星省'"),
            ({"colour": "red"}, "explorer can start with province, city, county"),
            ({"lang": "fr"}, "lang is zh or en"),
            ({"measure": "luck"}, "no measure is called 'luck'"),
        ],
    )
    def test_a_wrong_start_is_told(self, frames: Frames, start: dict[str, Any], told: str) -> None:
        with pytest.raises(UsageError, match=told):
            explorer(frames, **start)

    def test_not_frames(self) -> None:
        with pytest.raises(UsageError, match="expects the frames of open_reports or sample, found str"):
            explorer("pages/")  # type: ignore[arg-type]

    def test_no_reports_at_all(self) -> None:
        made = explorer(to_frames([]))
        for number in range(len(TABS)):
            made.panels.tabs.selected_index = number
            assert "没有报告：数据为空。" in made.note.value
        assert labels(made.controls.levels["province"]) == ["全部"]

    def test_one_report_says_so(self) -> None:
        made = explorer(to_frames([make_report({"applications.received.total": 3})]), lang="en")
        assert "Only 1 report fits the selection" in made.note.value


class TestControls:
    def test_regions_cascade(self, shown: Explorer) -> None:
        levels = shown.controls.levels
        levels["province"].value = "江苏省"
        assert (shown.view.n_reports, shown.selection.province) == (3, "江苏省")
        assert labels(levels["city"]) == ["全部", "淮安市 (1)", "宿迁市 (2)"]
        levels["city"].value = "宿迁市"
        assert shown.view.n_reports == 2
        levels["province"].value = "北京市"
        assert (shown.selection.province, shown.selection.city) == ("北京市", None)
        levels["province"].value = ""
        assert shown.view.n_reports == 9

    @pytest.mark.parametrize("typed", ["宿迁", "suqian", "sq", "321300"])
    def test_places_are_found_by_typing(self, shown: Explorer, typed: str) -> None:
        shown.controls.search.value = typed
        button = shown.controls.matches[0]
        assert button.description == "江苏省 宿迁市 (2)"
        assert button.layout.display is None
        assert shown.view.n_reports == 9, "typing alone changes nothing"
        button.click()
        assert (shown.selection.province, shown.selection.city, shown.selection.county) == ("江苏省", "宿迁市", None)
        assert shown.controls.search.value == ""
        assert all(b.layout.display == "none" for b in shown.controls.matches)

    def test_a_place_that_is_not_there(self, shown: Explorer) -> None:
        shown.controls.search.value = "<b>亚特兰蒂斯"
        assert shown.controls.no_match.value == "没有这样的地区：&lt;b&gt;亚特兰蒂斯"

    def test_years(self, shown: Explorer) -> None:
        shown.controls.first.value = 2024
        assert (shown.selection.years, shown.view.n_reports) == ((2024, 2024), 2)
        shown.controls.first.value = 2019
        assert shown.selection.years is None, "the whole span means all, reports without a year among them"

    def test_years_the_wrong_way_round(self, shown: Explorer) -> None:
        shown.controls.last.value = 2020
        before = shown.selection
        shown.controls.first.value = 2023
        assert "起始年度 2023 晚于截止年度 2020" in shown.note.value
        assert shown.selection is before
        shown.controls.last.value = 2024
        assert shown.selection.years == (2023, 2024)
        assert "晚于" not in shown.note.value

    def test_kinds(self, shown: Explorer) -> None:
        assert [tick.description for tick in shown.controls.kinds.values()] == ["人民政府", "街道", "乡镇"]
        shown.controls.kinds["street"].value = True
        assert set(shown.view.table["agency_kind"]) == {"street"}
        shown.controls.kinds["township"].value = True
        assert shown.selection.kinds == ("street", "township")

    def test_measures_by_topic(self, shown: Explorer) -> None:
        shown.controls.topic.value = "enforcement"
        assert shown.selection.measure == "licences"
        shown.controls.measure.value = "penalties"
        assert shown.view.measure.unit == "decisions"
        assert "Penalty" not in "".join(labels(shown.controls.measure))

    def test_smallest_n(self, shown: Explorer) -> None:
        shown.choose(measure="substantive_share")
        small = shown.view.n_small
        shown.controls.min_n.value = 0
        assert small == 3
        assert shown.view.n_small == 0

    def test_one_change_gives_one_update(self, shown: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Selection] = []
        view = Board.view
        monkeypatch.setattr(Board, "view", lambda board, chosen: asked.append(chosen) or view(board, chosen))
        shown.choose(province="江苏省", city="宿迁市")
        shown.controls.levels["province"].value = "北京市"
        shown.controls.topic.value = "rates"
        shown.controls.lang.value = "en"
        shown.controls.reset.click()
        assert len(asked) == 5
        assert asked[-1] == Selection(lang="en"), "the language stays"

    def test_language(self, shown: Explorer) -> None:
        shown.controls.lang.value = "en"
        box = shown.controls
        assert [c.description for c in box.levels.values()] == ["Province", "City", "County"]
        assert shown.panels.tabs.titles == ("Trend", "Ranking", "Outcomes", "Distribution", "Map", "Reports")
        assert counts(shown) == "9 reports of 8 bodies; the figure is known in 9"
        assert labels(box.measure)[0] == "Requests received in the year"
        assert not re.search(r"[一-鿿]", shown._head.value + shown._counts.value + shown.prepare.description)

    def test_every_control_is_labelled(self, shown: Explorer) -> None:
        for control in everything(shown):
            if isinstance(
                control, ipywidgets.Dropdown | ipywidgets.Text | ipywidgets.Checkbox | ipywidgets.BoundedIntText
            ):
                assert control.description.strip()
            if isinstance(control, ipywidgets.Button) and control.layout.display != "none":
                assert control.description.strip()

    def test_a_still_picture_where_no_widgets_run(self, shown: Explorer) -> None:
        made = shown._repr_mimebundle_()
        assert made["text/plain"] == "<Explorer: 9 份报告，8 个机关；其中 9 份有此数>"
        assert "application/vnd.jupyter.widget-view+json" in made
        (visible,) = [i for i in re.findall("<img.*?>", made["text/html"]) if "display:none" not in i]
        assert "gr-laptop" in visible


class TestPanels:
    def test_only_the_open_tab_is_drawn(self, shown: Explorer) -> None:
        for number, tab in enumerate(TABS):
            shown.panels.tabs.selected_index = number
            shown.choose(min_n=number + 1)
            filled = [name for name, content in shown.panels.contents.items() if content.value]
            assert filled == [tab]

    def test_a_turned_page_is_drawn_when_it_is_turned(self, shown: Explorer) -> None:
        shown.panels.tabs.selected_index = TABS.index("outcomes")
        assert "data:image/png" in shown.panels.contents["outcomes"].value

    def test_the_table_of_reports(self, shown: Explorer) -> None:
        shown.panels.tabs.selected_index = TABS.index("table")
        text = shown.panels.contents["table"].value
        assert text.count("<tr") == 10
        assert "宿迁市人民政府" in text
        assert "已填" in text

    def test_numbers_behind_a_picture(self, shown: Explorer) -> None:
        shown.choose(measure="substantive_share", province="江苏省")
        shown.panels.tabs.selected_index = TABS.index("ranking")
        assert "<table" not in shown.panels.contents["ranking"].value
        shown.panels.numbers.value = True
        assert '<td class="gr-number">59.5%</td>' in shown.panels.contents["ranking"].value

    def test_pictures_have_words(self, shown: Explorer) -> None:
        (alt,) = set(re.findall(r'alt="(.*?)"', shown.panels.contents["trend"].value))
        assert alt.startswith("历年变化: 本年新收申请. 9 份报告")

    def test_links_go_to_the_web_only(self) -> None:
        assert link("javascript:alert(1)", "x") == link(pd.NA, "x") == ""
        assert 'href="https://a.b/?x=&quot;&gt;1"' in link('https://a.b/?x=">1', "source")


class TestOneBody:
    def choose(self, made: Explorer, name: str) -> None:
        (key,) = [key for text, key in made.one.body.options if text.startswith(name)]
        made.one.body.value = key

    def test_choosing_opens_the_report(self, shown: Explorer) -> None:
        self.choose(shown, "宿迁市人民政府")
        page = shown.one.page.value
        assert "依申请公开" in page or "收到和处理政府信息公开申请情况" in page
        assert "3521" in page
        assert "正文中的数字" in page
        assert labels(shown.one.report) == ["2024", "2023"]
        shown.one.report.value = shown.one.report.options[1][1]
        assert "宿迁市人民政府 · 2023" in shown.one.page.value

    def test_the_chosen_one_is_marked(self, shown: Explorer) -> None:
        self.choose(shown, "宿迁市人民政府")
        shown.panels.tabs.selected_index = TABS.index("ranking")
        shown.panels.numbers.value = True
        assert shown.panels.contents["ranking"].value.count("gr-chosen") == 1

    def test_it_stays_when_the_place_is_left(self, shown: Explorer) -> None:
        self.choose(shown, "宿迁市人民政府")
        shown.controls.levels["province"].value = "北京市"
        assert "所选机关不在当前范围内" in shown.note.value
        assert shown.one.body.value == shown.selection.body
        shown.one.body.value = ""
        assert shown.selection.body is None
        assert "上面选一个机关" in shown.one.page.value

    def test_bodies_are_found_by_typing(self, shown: Explorer) -> None:
        shown.one.search.value = "北新桥"
        assert labels(shown.one.body) == ["未选", "北新桥街道 · 北京市东城区"]
        shown.one.search.value = "没有这个机关"
        assert labels(shown.one.body) == ["未选"]

    def test_headline_figures_have_no_form(self) -> None:
        made = explorer(gr.sample("headlines"), lang="en", province="上海市")
        made.one.body.value = made.one.body.options[1][1]
        assert "Requests received in the year" in made.one.page.value
        assert "headline figures only" in made.one.page.value


class TestDownloads:
    def files(self, made: Explorer) -> dict[str, bytes]:
        made.prepare.click()
        found = re.findall(r'download="(.*?)" href="data:[^"]*?;base64,(.*?)"', made.links.value)
        return {name: base64.b64decode(content) for name, content in found}

    def test_of_a_picture(self, shown: Explorer) -> None:
        shown.choose(province="江苏省", years=(2023, 2024))
        shown.panels.tabs.selected_index = TABS.index("ranking")
        files = self.files(shown)
        kinds = [name.rpartition(".")[2] for name in files]
        assert kinds == ["csv", "xlsx", "png", "svg"]
        rows = list(csv.DictReader(io.StringIO(files["govreport-ranking-received-2023-2024.csv"].decode("utf-8-sig"))))
        assert [row["agency"] for row in rows] == list(shown.view.ranking["agency"])
        assert files["govreport-ranking-received-2023-2024.png"].startswith(b"\x89PNG")
        assert b"<svg" in files["govreport-ranking-received-2023-2024.svg"]

    def test_links_stay_until_the_view_changes(self, shown: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
        shown.prepare.click()
        links = shown.links.value
        monkeypatch.setattr(shown, "_files", lambda *_: "made again")
        shown.prepare.click()
        assert shown.links.value == links, "a link that changes while it is clicked starts no download"
        shown.choose(province="江苏省")
        assert shown.links.value == ""
        shown.prepare.click()
        assert shown.links.value == "made again"

    def test_excel_says_what_was_selected(self, shown: Explorer) -> None:
        shown.choose(province="江苏省")
        book = openpyxl.load_workbook(io.BytesIO(self.files(shown)["govreport-trend-received-all-years.xlsx"]))
        assert book.sheetnames == ["selection", "trend", "ranking", "outcomes", "distribution", "provinces", "table"]
        facts = dict(book["selection"].iter_rows(min_row=2, values_only=True))
        assert (facts["province"], facts["n_reports"]) == ("江苏省", "3")
        assert book["table"].max_row == 4

    def test_the_table_has_no_picture(self, shown: Explorer) -> None:
        shown.panels.tabs.selected_index = TABS.index("table")
        assert [name.rpartition(".")[2] for name in self.files(shown)] == ["csv", "xlsx"]

    def test_they_go_when_the_selection_changes(self, shown: Explorer) -> None:
        assert self.files(shown)
        shown.controls.levels["province"].value = "江苏省"
        assert shown.links.value == ""

    def test_no_formula_and_no_zero_for_unknown(self) -> None:
        frame = pd.DataFrame({"agency": ["=cmd()", "-", None], "n": pd.array([1, None, 3], "Int64")})
        assert csv_bytes(frame).decode("utf-8-sig").splitlines() == ["agency,n", "'=cmd(),1", "-,", ",3"]

    def test_names_say_what_is_inside(self, shown: Explorer) -> None:
        assert file_name(shown.view, "trend", "csv") == "govreport-trend-received-all-years.csv"


class TestTrouble:
    def test_an_error_of_ours_is_told_in_words(self, shown: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise GovreportError("the <b>sea</b> is high")

        monkeypatch.setattr(Board, "view", fail)
        before = shown.selection
        shown.controls.levels["province"].value = "江苏省"
        assert "the &lt;b&gt;sea&lt;/b&gt; is high" in shown.note.value
        assert shown.selection is before

    def test_a_mistake_of_ours_is_told_and_logged(
        self, shown: Explorer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(Board, "view", lambda *_: [][1])
        with caplog.at_level(logging.ERROR, "govreport"):
            shown.controls.kinds["street"].value = True
        assert "IndexError: list index out of range" in shown.note.value
        assert caplog.records[0].exc_info

    def test_updates_leave_nothing_behind(self, shown: Explorer) -> None:
        shown.choose(province="江苏省")
        gc.collect()
        before = len(widget._instances)
        for number in range(12):
            shown.choose(province="江苏省" if number % 2 else None, min_n=number)
        gc.collect()
        assert not [thing for thing in gc.get_objects() if isinstance(thing, Figure)]
        assert len(widget._instances) == before


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.met: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append((tag, dict(attrs)))


def everything(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from everything(child)


class TestHostilePages:
    def test_text_of_a_page_stays_text(self) -> None:
        report = make_report(
            {"applications.received.total": 3},
            agency=NASTY,
            url="javascript:alert(1)",
            region=Region(NASTY, NASTY, NASTY),
        )
        made = explorer(to_frames([report]))
        made.panels.numbers.value = True
        made.one.body.value = made.one.body.options[1][1]
        made.controls.search.value = NASTY[:4]
        for number in range(len(TABS)):
            made.panels.tabs.selected_index = number
            made.prepare.click()
            texts = [w.value for w in everything(made) if isinstance(w, ipywidgets.HTML)]
            assert any("&lt;img src=x" in text for text in texts)
            for tag, attributes in Tags("".join(texts)).met:
                handlers = [name for name in attributes if name.startswith("on")]
                assert handlers == (["onload"] if tag == "style" and handlers else [])
                assert tag != "img" or str(attributes["src"]).startswith("data:image/png")
                assert str(attributes.get("href", "data:")).startswith("data:")

    def test_no_description_is_html(self, shown: Explorer) -> None:
        assert not any(getattr(w, "description_allow_html", False) for w in everything(shown))


def test_several_data_sets_on_one_page(frames: Frames) -> None:
    asked: list[str] = []

    def get(name: str) -> Frames:
        asked.append(name)
        return frames

    made = several({"one": lambda: get("one"), "two": lambda: get("two")}, province="江苏省")
    assert asked == ["one"]
    made.data.value = "two"
    made.data.value = "one"
    assert asked == ["one", "two"]
    assert made.children[-1] is made.opened["one"]
    assert made.opened["two"].view.n_reports == 3


class TestWords:
    def test_both_languages_say_the_same_facts(self) -> None:
        names = {name for name, _ in _words()}
        for name in names:
            zh, en = (set(re.findall(r"{(\w+)}", say(name, lang))) for lang in ("zh", "en"))
            assert zh == en, name
            assert say(name, "zh").strip()
            assert say(name, "en").strip()

    def test_nothing_is_unused(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
        made = (
            {f"download_{kind}" for kind in ("csv", "xlsx", "png", "svg")} | set(TABS) | {"province", "city", "county"}
        )
        for name in {name for name, _ in _words()} - made:
            assert f'"{name}"' in code or f"'{name}'" in code or name.startswith("column."), name

    def test_an_unknown_word_is_told(self) -> None:
        with pytest.raises(GovreportError, match=r"words\.csv has no 'nonsense'"):
            say("nonsense", "en")
