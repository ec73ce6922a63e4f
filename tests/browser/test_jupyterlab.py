"""The explorer in a running JupyterLab."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import steps
from servers import LAPTOP, PHONE, Server, notebook, quiet_lab
from steps import LATER, Person

NASTY = "<img src=x onerror=window.__hacked=1>"
FIRST_PAINT = 3.0  # seconds from running the cell

IMPORTS = "import govreport as gr\nfrom govreport.widgets import explorer"
HOSTILE = f"""from govreport.frames import to_frames
from make_reports import make_report
reports = [make_report(agency={NASTY!r}, year=year, url="javascript:alert(1)") for year in (2022, 2023)]"""

RUN = "await window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')"

Open = Callable[..., Any]
Shot = Callable[[Any, str], None]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    pytest.importorskip("jupyterlab", reason="needs jupyterlab: make setup")
    folder = tmp_path_factory.mktemp("lab")
    quiet_lab(folder / "jupyterlab_settings_dir")
    notebook(folder / "explorer.ipynb", IMPORTS, "frames = gr.sample()", "explorer(frames)")
    notebook(folder / "first.ipynb", IMPORTS, "frames = gr.sample()", "explorer(frames)")
    notebook(folder / "hostile.ipynb", IMPORTS, HOSTILE, "explorer(to_frames(reports))")
    server = Server(
        ["jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--port={port}",
         "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.expose_app_in_browser=True"], folder,
    )  # fmt: skip
    try:
        yield server.wait("/lab")
    finally:
        server.stop()


def run(page: Any, cells: int) -> float:
    """Runs the cells of a notebook one after the other; gives the seconds that the last one took to be painted."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=2 * LATER)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0 }")
    for _ in range(cells - 1):
        page.evaluate(f"async () => {{ {RUN} }}")
    start = time.monotonic()
    page.evaluate(f"() => {{ {RUN.removeprefix('await ')} }}")
    Person(page).root.locator("img:visible").first.wait_for()
    return time.monotonic() - start


@pytest.fixture
def person(lab: Server, look: Open) -> Person:
    page = look(f"{lab.url}/lab/tree/explorer.ipynb?reset", LAPTOP, accept_downloads=True)
    run(page, 3)
    return Person(page)


def test_first_paint(lab: Server, look: Open) -> None:
    page = look(f"{lab.url}/lab/tree/first.ipynb?reset", LAPTOP)
    seconds = run(page, 3)
    print(f"first paint after {seconds:.2f} s")
    assert seconds <= FIRST_PAINT


def test_region_and_year(person: Person, shot: Shot) -> None:
    steps.region_and_year(person)
    shot(person.page, "lab-region-and-year")
    steps.wrong_years(person)
    steps.place_by_pinyin(person)


def test_a_body_opens_its_report(person: Person, shot: Shot) -> None:
    steps.body_opens_report(person)
    person.control("机关").evaluate("e => e.scrollIntoView()")
    shot(person.page, "lab-report")


def test_export(person: Person, tmp_path: Path) -> None:
    steps.export(person, tmp_path)


def test_language_and_keyboard(person: Person) -> None:
    steps.language(person)
    steps.keyboard(person)
    cells = person.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    person.control("指标").focus()
    person.page.keyboard.type("bbxdd")
    person.page.wait_for_timeout(300)
    assert cells.count() == before, "keys on a list are no commands to the notebook"


def test_light_and_dark(person: Person, shot: Shot) -> None:
    assert person.poor_contrasts() == []
    shot(person.page, "lab-light")
    theme = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${name}`})"
    person.page.evaluate(theme, "Dark")
    person.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    person.open_tab("报告列表")
    person.table_rows()
    assert person.poor_contrasts() == []
    shot(person.page, "lab-dark")
    person.page.evaluate(theme, "Light")


def test_text_of_pages_stays_text(lab: Server, look: Open) -> None:
    page = look(f"{lab.url}/lab/tree/hostile.ipynb?reset", LAPTOP)
    run(page, 3)
    steps.hostile(Person(page), NASTY)


def test_on_a_phone(lab: Server, look: Open, shot: Shot) -> None:
    page = look(f"{lab.url}/doc/tree/explorer.ipynb?reset", PHONE)
    run(page, 3)
    person = Person(page)
    person.picture("gr-phone")
    assert person.root.evaluate("e => e.scrollWidth <= e.clientWidth")
    shot(page, "lab-phone")
