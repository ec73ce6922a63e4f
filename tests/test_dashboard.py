"""The command that serves the explorer, up to the point where Voila takes over."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from make_reports import make_report

import govreport as gr
from govreport import dashboard
from govreport.bundled import data_folder
from govreport.cli import main
from govreport.errors import GovreportError, ReadError, UsageError
from govreport.export import save
from govreport.frames import to_frames
from govreport.widgets import Explorer


@pytest.fixture
def frames_folder(tmp_path: Path) -> Path:
    return save(to_frames([make_report(year=2022), make_report(year=2023)]), tmp_path / "frames")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Voila would have been started with."""
    seen: dict[str, Any] = {}

    def run(notebook: Path, port: int, *, browser: bool) -> None:
        seen.update(notebook=json.loads(notebook.read_text(encoding="utf-8")), port=port, browser=browser)
        seen["data"] = os.environ.get("GOVREPORT_DASHBOARD_DATA")
        seen["beside"] = sorted(p.name for p in notebook.parent.iterdir())
        if seen["data"]:
            seen["widget"] = dashboard.page()

    for name in ("GOVREPORT_DASHBOARD_DATA", "JUPYTER_PATH"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(dashboard, "_run", run)
    return seen


def test_saved_frames_are_loaded(frames_folder: Path) -> None:
    assert list(dashboard.open_folder(frames_folder).reports["year"]) == [2022, 2023]


def test_saved_pages_are_read(tmp_path: Path) -> None:
    page = data_folder() / "reports" / "suqian-2024.html"
    (tmp_path / "page.html").write_bytes(page.read_bytes())
    assert list(dashboard.open_folder(tmp_path).reports["agency"]) == ["宿迁市人民政府"]


def test_what_is_no_folder_of_reports(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expects a folder of saved pages or of saved frames, found 'nowhere'"):
        dashboard.open_folder("nowhere")
    (tmp_path / "reports.parquet").write_bytes(b"no parquet")
    with pytest.raises(ReadError, match=r"reports\.parquet is not a file that save wrote"):
        dashboard.open_folder(tmp_path)


def test_a_users_folder(frames_folder: Path, served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", str(frames_folder), "--no-browser"]) == 0
    assert served["data"] == str(frames_folder)
    assert not served["browser"]
    assert isinstance(served["widget"], Explorer)
    assert served["widget"].view.n_reports == 2
    assert served["beside"] == ["govreport.ipynb"], "Voila hands out what stands beside the notebook"
    assert f"http://127.0.0.1:{served['port']}/" in capsys.readouterr().out


def test_pages_are_read_once_for_all_visitors(
    tmp_path: Path, served: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    page = data_folder() / "reports" / "suqian-2024.html"
    (tmp_path / "page.html").write_bytes(page.read_bytes())
    (tmp_path / "list.html").write_text("<p>a list of reports", encoding="utf-8")
    assert main(["dashboard", str(tmp_path)]) == 0
    assert served["browser"]
    assert served["widget"].view.n_reports == 1
    assert not Path(served["data"]).exists(), "what was written for the visit is gone"
    assert "list.html: not read" in capsys.readouterr().err


def test_bundled_data_by_default(served: dict[str, Any]) -> None:
    assert main(["dashboard"]) == 0
    assert served["data"] is None
    assert "page()" in served["notebook"]["cells"][0]["source"]


def test_a_port_that_is_taken(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["dashboard", "--port", str(port)]) == 2
    assert f"no free port among {port}" in capsys.readouterr().err


def test_the_kernel_is_this_python(tmp_path: Path) -> None:
    dashboard._write_kernel(tmp_path / "kernel")
    spec = json.loads((tmp_path / "kernel" / "kernel.json").read_text(encoding="utf-8"))
    assert spec["argv"][:3] == [sys.executable, "-m", "ipykernel_launcher"]


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "_NEEDED", ("voila", "a_package_nobody_has"))
    with pytest.raises(GovreportError, match=r"needs a_package_nobody_has: pip install 'govreport\[explorer\]'"):
        dashboard.serve()


def test_the_page_of_the_bundled_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVREPORT_DASHBOARD_DATA", raising=False)
    made = dashboard.page()
    (first,) = made.opened.values()
    assert first.view.n_reports == len(gr.sample("headlines").reports)
    made.data.value = made.data.options[2]
    synthetic = made.opened[made.data.options[2]]
    assert "合成数据" in synthetic._head.value
