"""Each folder of tests/cases is one habit of real pages: what goes in, what must come out, why, where it was met."""

import json
import tomllib
from pathlib import Path

import pytest

import govreport as gr

CASES = sorted(p for p in (Path(__file__).parent / "cases").iterdir() if p.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
def test_case(folder):
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    report = gr.parse_report(gr.read_document(next(folder.glob("input.*"))))
    assert (report.agency, report.year, report.edition) == (
        expected["agency"],
        expected["year"],
        expected["edition"],
    )
    wanted = expected["values"]
    got = report.values
    assert {c: (v, got.get(c, "absent")) for c, v in wanted.items() if got.get(c, "absent") != v} == {}
    for cell, status in expected.get("status", {}).items():
        assert report.cells[cell].status == status
    assert set(expected.get("findings", ())) <= {f.rule for f in report.findings}


@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
def test_a_case_says_why_it_is_kept(folder):
    about = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    assert set(about) == {"why", "origin", "made"}
    assert all(len(text) > 15 for text in about.values())
    assert "样例" in next(folder.glob("input.*")).read_text(encoding="utf-8", errors="replace")
