"""PDF files of report pages, made with real tools: Chromium prints them, LibreOffice converts them.

``python tests/make_pdf.py`` makes the files in ``tests/containers/pdf`` again. Text and frames of the pages are those
of ``govreport.synthetic``; the figures are those of the bundled real reports, or invented for the returns of 2014.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from govreport.synthetic import invent, render

HERE = Path(__file__).parent
FOLDER = HERE / "containers" / "pdf"
FIGURES = HERE.parent / "data" / "full_reports.json"


def _program(*names: str) -> str:
    return next((found for name in names if (found := shutil.which(name))), "")


CHROMIUM = _program("chromium", "chromium-browser", "google-chrome")
OFFICE = _program("soffice", "libreoffice")

_A4 = "@page{size:A4}"
_BARE = "table,td,th{border:none !important}"
_RULED = "table{border-collapse:collapse;width:100%} td,th{border:1px solid #000;padding:2px 4px}"
_WIDE = "td,th{padding:9px 6px !important;font-size:11pt} thead{display:table-header-group}"


class Way(NamedTuple):
    """How a page becomes a PDF file: its layout, what CSS is added, and the tools it goes through."""

    name: str
    layout: str
    css: str
    tools: tuple[str, ...] = ("chromium",)
    header: bool = False
    ruled: bool = True


WAYS = (
    Way("ruled", "html_word", _A4),
    Way("collapsed", "html_plain", _A4 + _RULED),
    Way("thead", "html_thead", _A4 + _RULED + _WIDE),
    Way("broken", "html_broken_labels", _A4 + _RULED + _WIDE + "td,th{padding:14px 6px !important}"),
    Way("header", "html_plain", _A4 + _RULED + _WIDE, header=True),
    Way("a3", "html_plain", "@page{size:A3 landscape}" + _RULED),
    Way("outset", "html_glued_groups", _A4),
    Way("units", "html_units", _A4 + _RULED),
    Way("commas", "html_commas", _A4),
    Way("spaced", "html_plain", _A4 + _RULED + "td{letter-spacing:.15em}"),
    Way("thick", "html_plain", _A4 + "table{border-collapse:collapse} td,th{border:5px solid #333}"),
    Way("columns", "html_plain", "@page{size:A3 landscape} body{column-count:2}" + _RULED),
    Way("office", "html_word", "", ("odt", "pdf")),
    Way("office_thead", "html_thead", "", ("odt", "pdf"), ruled=False),  # LibreOffice draws no rules here
    Way("word", "html_plain", "", ("odt", "docx", "pdf")),
    Way("word_labels", "html_many_paragraphs", "", ("odt", "docx", "pdf")),
    Way("bare", "html_plain", _A4 + _BARE, ruled=False),
    Way("bare_top", "html_plain", _A4 + _BARE + "td,th{vertical-align:top}", ruled=False),
    Way("bare_bottom", "html_plain", _A4 + _BARE + "td,th{vertical-align:bottom}", ruled=False),
    Way("bare_centre", "html_word", _A4 + _BARE, ruled=False),
    Way("bare_tight", "html_plain", _A4 + _BARE + "table{border-spacing:0} td,th{padding:0 3px}", ruled=False),
    Way("bare_right", "html_plain", _A4 + _BARE + "table{width:100%} td{text-align:right}", ruled=False),
    Way("bare_thead", "html_thead", _A4 + _BARE + _WIDE, ruled=False),
    Way("bare_header", "html_plain", _A4 + _BARE + _WIDE, header=True, ruled=False),
    Way("bare_a3", "html_plain", "@page{size:A3 landscape}" + _BARE + "table{width:100%}", ruled=False),
    Way(
        "rows",
        "html_plain",
        _A4 + _BARE + "table{border-collapse:collapse} td,th{border-bottom:1px solid !important}",
        ruled=False,
    ),
    Way("bare_office", "html_no_headings", _BARE, ("odt", "pdf"), ruled=False),
    Way("bare_word", "html_plain", _BARE, ("odt", "docx", "pdf"), ruled=False),
)


class Case(NamedTuple):
    """A report to be written: its figures by cell, edition, agency and year."""

    name: str
    values: Mapping[str, Any]
    edition: str
    agency: str
    year: int


def cases() -> list[Case]:
    """The bundled real reports, two invented ones with blanks and large figures, and two returns of 2014."""
    made = [Case(r["id"], r["values"], r["form"], r["agency"], r["year"])
            for r in json.loads(FIGURES.read_text(encoding="utf-8"))]  # fmt: skip
    years = {"2014": 2016, "2019": 2020, "2021": 2023}
    for seed, edition in enumerate(("2021", "2019", "2014", "2014"), start=1):
        rng = random.Random(seed)
        values: dict[str, Any] = dict(invent(edition, rng, 4000 if seed != 4 else 30))
        if seed in (1, 4):  # blanks among the figures
            values = {cell: None if rng.random() < 0.3 else value for cell, value in values.items()}
        made.append(Case(f"made-{edition}-{seed}", values, edition, "样例市水务局", years[edition]))
    return made


def page(case: Case, way: Way) -> bytes:
    """The report as a web page for one way."""
    made = render(case.values, case.edition, way.layout, agency=case.agency, year=case.year)
    made = made.replace(b"</head>", f"<style>{way.css}</style></head>".encode())
    return made.replace(b' border="1"', b' border="0"') if not way.ruled else made


def printed(source: Path, target: Path, *, header: bool = False) -> None:
    """Print a page with Chromium, from an address of this machine: it stands in the footer."""
    with tempfile.TemporaryDirectory() as profile, _served(source.parent) as address:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-sync", "--disable-pdf-tagging", f"--user-data-dir={profile}",
                 f"--print-to-pdf={target}"]  # fmt: skip
        flags += [] if header else ["--no-pdf-header-footer"]
        subprocess.run([CHROMIUM, *flags, f"{address}/{source.name}"], check=True, capture_output=True, timeout=120)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a server for the files of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def converted(sources: Sequence[Path], kind: str) -> list[Path]:
    """Convert files with LibreOffice, all in one go; the new ones stand beside them."""
    folder = sources[0].parent
    with tempfile.TemporaryDirectory() as profile:
        command = [OFFICE, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore",
                   "--convert-to", kind, "--outdir", str(folder), *map(str, sources)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=600)
    return [source.with_suffix(f".{kind}") for source in sources]


def make(chosen: Sequence[tuple[Case, Way]], folder: Path) -> dict[tuple[str, str], Path]:
    """PDF files of the cases by (case, way)."""
    found: dict[tuple[str, str], Path] = {}
    waiting: dict[tuple[str, ...], list[Path]] = {}
    for case, way in chosen:
        source = folder / f"{way.name}-{case.name}.html"
        source.write_bytes(page(case, way))
        target = source.with_suffix(".pdf")
        found[case.name, way.name] = target
        if way.tools == ("chromium",):
            printed(source, target, header=way.header)
        else:
            waiting.setdefault(way.tools, []).append(source)
    for tools, sources in waiting.items():
        for kind in tools:
            sources = converted(sources, kind)
    return found


def main() -> None:
    """Write the kept files again."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = [(c, w) for c in cases() for w in WAYS if (c.name, w.name) in KEPT]
        for (case, way), made in make(chosen, Path(folder)).items():
            shutil.copy(made, FOLDER / f"{case}.{way}.pdf")


KEPT = frozenset({
    ("suqian-2023", "office"),
    ("huaian-2024", "word_labels"),
    ("made-2021-1", "thead"),
    ("shanghai-office-2019", "office_thead"),
    ("made-2014-4", "bare_word"),
    ("seed-003", "bare_tight"),
    ("suqian-2024", "bare_header"),
})  # fmt: skip
"""Cases and ways of which a file is kept, so that the reader is tested where these programs are not installed."""

if __name__ == "__main__":
    sys.exit(main())
