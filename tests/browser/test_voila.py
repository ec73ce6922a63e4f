"""The explorer as a page of its own, as ``govreport dashboard`` serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import steps
from make_reports import make_report
from servers import LAPTOP, PHONE, Server
from steps import Person

from govreport.bundled import data_folder
from govreport.export import save
from govreport.frames import to_frames

NASTY = "<img src=x onerror=window.__hacked=1>"
COMMAND = ["govreport", "dashboard", "--no-browser", "--port={port}"]

Open = Callable[..., Any]
Shot = Callable[[Any, str], None]


def served(folder: Path, *arguments: str) -> Iterator[Server]:
    pytest.importorskip("voila", reason="needs voila: make setup")
    server = Server([*COMMAND, *arguments], folder)
    try:
        yield server.wait("/")
    finally:
        server.stop()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    yield from served(tmp_path_factory.mktemp("pages"), str(data_folder() / "reports"))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    yield from served(tmp_path_factory.mktemp("bundled"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    reports = [make_report(agency=NASTY, year=year, url="javascript:alert(1)") for year in (2022, 2023)]
    save(to_frames(reports), folder / "frames")
    yield from served(folder, str(folder / "frames"))


@pytest.fixture
def person(pages: Server, look: Open) -> Person:
    made = Person(look(pages.url, LAPTOP, accept_downloads=True))
    made.picture()
    return made


def test_region_and_year(person: Person, shot: Shot) -> None:
    shot(person.page, "voila-laptop")
    steps.region_and_year(person)
    shot(person.page, "voila-reports")
    steps.wrong_years(person)
    steps.place_by_pinyin(person)


def test_a_body_opens_its_report(person: Person, shot: Shot) -> None:
    steps.body_opens_report(person)
    person.control("机关").evaluate("e => e.scrollIntoView()")
    shot(person.page, "voila-report")


def test_export(person: Person, tmp_path: Path) -> None:
    steps.export(person, tmp_path)


def test_language_and_keyboard(person: Person) -> None:
    steps.language(person)
    steps.keyboard(person)


def test_contrast(person: Person) -> None:
    assert person.poor_contrasts() == []


def test_text_of_pages_stays_text(hostile: Server, look: Open) -> None:
    steps.hostile(Person(look(hostile.url, LAPTOP)), NASTY)


def test_on_a_phone(pages: Server, look: Open, shot: Shot) -> None:
    page = look(pages.url, PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    person = Person(page)
    person.picture("gr-phone")
    assert person.root.locator("img.gr-laptop").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "voila-phone")
    person.root.get_by_role("tab", name="机关排名").tap()
    person.root.get_by_role("tab", name="机关排名").scroll_into_view_if_needed()
    person.picture("gr-phone")
    shot(page, "voila-phone-ranking")
    assert person.root.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_bundled_data(bundled: Server, look: Open, shot: Shot) -> None:
    person = Person(look(bundled.url, LAPTOP))
    person.see("1,041 份报告")
    for tab in ("机关排名", "办理结果", "分布", "省份图"):
        person.open_tab(tab)
        person.picture()
        shot(person.page, f"voila-bundled-{tab}")
    person.page.get_by_label("数据 Data").select_option(index=1)
    person.see("9 份报告")
