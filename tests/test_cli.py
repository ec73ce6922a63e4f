"""The command: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report

import govreport
from govreport import api, dictionary
from govreport.cli import main
from govreport.errors import FetchError, ParseError
from govreport.export import load
from govreport.model import Report


def fake_report(what: Path) -> Report:
    text = what.read_text(encoding="utf-8")
    if not text.isdigit():
        raise ParseError(text)
    findings = (doubt(), doubt("unknown_label", "info", message="an extra row")) if text == "2022" else ()
    carried = {2022: {"carried_out": 1}, 2023: {"carried_in": 4}}.get(int(text), {})
    return make_report(consistent_numbers(granted=5, **carried), year=int(text), findings=findings)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(api, "_report", fake_report)
    (tmp_path / "pages").mkdir()
    for name, text in {"b.html": "2023", "a.html": "2022", "sub.html": "a list of reports"}.items():
        (tmp_path / "pages" / name).write_text(text, encoding="utf-8")
    return tmp_path / "pages"


Captured = pytest.CaptureFixture[str]


def test_json_is_one_line_a_source_in_order(folder: Path, capsys: Captured) -> None:
    assert main(["parse", str(folder), str(folder / "b.html"), "--json"]) == 1
    lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["source"] for line in lines] == ["a.html", "b.html", "sub.html", str(folder / "b.html")]
    assert lines[2] == {"source": "sub.html", "error": {"kind": "parse", "message": "a list of reports"}}
    assert lines[0]["values"]["applications.received.total"] == 6
    assert lines[0]["findings"][0]["rule"] == "I3"
    assert list(lines[0]) == ["source", "edition", "year", "agency", "agency_kind", "region", "values", "status",
                              "statements", "findings"]  # fmt: skip


def test_chinese_is_printed_as_it_is(folder: Path, capsys: Captured) -> None:
    assert main(["parse", "--json", str(folder / "a.html")]) == 0
    assert '"agency": "青河县示例局"' in capsys.readouterr().out


def test_parse_for_people(folder: Path, capsys: Captured) -> None:
    assert main(["parse", str(folder)]) == 1
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "a.html: 青河县示例局, 2022, edition 2021, 200 of 200 cells with a number; 1 error, 1 info"
    assert second.endswith("no findings")
    assert third == "sub.html: not read: a list of reports"
    assert main(["parse", "--quiet", str(folder / "a.html")]) == 0
    assert capsys.readouterr() == ("", "")


def test_saving(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["parse", str(folder), "-o", str(tmp_path / "frames")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "sub.html: not read" in told.err
    assert "2 reports saved in" in told.err
    frames = load(tmp_path / "frames")
    assert list(frames.findings.rule) == ["I3", "unknown_label", "I5"]
    assert main(["parse", str(folder / "a.html"), "-q", "-o", str(tmp_path / "cells.csv")]) == 0
    assert capsys.readouterr() == ("", "")
    assert len(pd.read_csv(tmp_path / "cells.csv")) == 200


def test_a_bad_name_is_told_before_anything_is_read(folder: Path, capsys: Captured) -> None:
    assert main(["parse", str(folder), "--json", "-o", "cells.docx"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("govreport: cannot write cells.docx: expected a name in .parquet")


def test_check(folder: Path, capsys: Captured) -> None:
    assert main(["check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a.html  青河县示例局 2022"
    assert lines[1] == "  error   I3             the parts do not add up"
    assert lines[3] == "b.html  青河县示例局 2023"
    assert lines[4].startswith("  warning I5             上年结转 (carried in) is 总计 4")
    assert lines[-1] == "2 reports, 3 findings in 2 of them, 1 not read"
    assert main(["check", str(folder / "a.html"), "--severity", "error"]) == 0
    assert "unknown_label" not in capsys.readouterr().out


def test_check_json(folder: Path, capsys: Captured) -> None:
    assert main(["check", str(folder), "--json", "--severity", "warning"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("rule") for line in lines] == ["I3", "I5", None]
    assert lines[1]["cells"] == ["applications.carried_in.natural_person", "applications.carried_in.total"]
    assert lines[2]["error"]["kind"] == "parse"


def test_nothing_readable_is_status_one(folder: Path, capsys: Captured) -> None:
    assert main(["parse", "--json", str(folder / "sub.html")]) == 1
    assert main(["check", str(folder / "sub.html")]) == 1
    assert "0 reports, 0 findings in 0 of them, 1 not read" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["parse"], ["paint"], ["check", "x", "--severity", "grave"], ["find"]])
def test_wrong_arguments_are_status_two(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: govreport" in capsys.readouterr().err


def test_nothing_there_is_status_two(capsys: Captured) -> None:
    assert main(["parse", "nowhere/*.html", "--json"]) == 2
    assert "no file matches" in capsys.readouterr().err


def test_version(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"govreport {govreport.__version__}\n"


def test_find(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    from govreport.fetch import ReportLink

    link = ReportLink("https://www.example.gov.cn/1.html", "2023年政府信息公开工作年度报告", 2023, None)
    monkeypatch.setattr("govreport.fetch.find_reports", lambda _: [link])
    assert main(["find", "https://www.example.gov.cn/"]) == 0
    assert capsys.readouterr().out == "2023\t\t2023年政府信息公开工作年度报告\thttps://www.example.gov.cn/1.html\n"

    def refused(_: str) -> None:
        raise FetchError("refused")

    monkeypatch.setattr("govreport.fetch.find_reports", refused)
    assert main(["find", "https://www.example.gov.cn/"]) == 1
    assert capsys.readouterr().err == "govreport: refused\n"


def test_break_off(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def interrupted(_: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "_report", interrupted)
    assert main(["parse", str(folder)]) == 130
    assert "broken off" in capsys.readouterr().err


def test_the_dictionary_is_up_to_date(capsys: Captured, tmp_path: Path) -> None:
    committed = Path(__file__).parent.parent / "data" / "DICTIONARY.md"
    text = dictionary.dictionary_markdown()
    assert committed.read_text(encoding="utf-8") == text, "run: python -m govreport.dictionary data/DICTIONARY.md"
    assert main(["dictionary"]) == 0
    assert capsys.readouterr().out == text
    assert dictionary.main([str(tmp_path / "d.md")]) == 0
    assert (tmp_path / "d.md").read_text(encoding="utf-8") == text
    assert "| `in_force` | rules, normative_documents | items | In force | – | – | – | 现行有效件数 |" in text


def run(*arguments: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "govreport", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **kwargs)


def test_as_a_module_in_any_locale(tmp_path: Path) -> None:
    env = dict(os.environ, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    done = run("dictionary", env=env)
    assert done.returncode == 0
    assert "数据字典" in done.stdout
    (tmp_path / "x.html").write_bytes(b"")
    empty = run("parse", "--json", "x.html", cwd=tmp_path)
    assert empty.returncode == 1
    assert json.loads(empty.stdout)["error"]["kind"] == "read"


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"'{sys.executable}' -m govreport dictionary | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0
    assert done.stdout == "# Data dictionary 数据字典\n"
    assert done.stderr == ""
