"""The explorer as a page of its own: Voila serves it on this machine, for the bundled data or for a user's own.

``serve`` is what ``govreport dashboard`` calls; ``page`` runs in the kernel behind the page.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govreport.errors import GovreportError, UsageError

if TYPE_CHECKING:
    from govreport.bundled import Headlines
    from govreport.frames import Frames

HOST = "127.0.0.1"
PORT = 8866  # the port that Voila takes by itself
_TRIES = 20
_DATA = "GOVREPORT_DASHBOARD_DATA"  # tells the kernel of a page where the data is; not set for the bundled data
_KERNEL = _LOOK = "govreport-dashboard"
# Voila's own page waits for a style sheet from a server abroad, which nothing here needs.
_TEMPLATE = """{%- extends "lab/index.html.j2" -%}
{%- block notebook_css -%}
{{ super() | replace("https://cdn.jsdelivr.net/npm/", "data:text/css,") }}
{%- endblock notebook_css -%}
"""
_NEEDED = ("voila", "ipywidgets", "ipykernel", "matplotlib")


def open_folder(folder: str | os.PathLike[str]) -> Frames:
    """Frames of a user's folder: parquet files that ``save`` wrote are loaded, anything else is read as saved pages.

    Raises:
        UsageError: there is no such folder, or nothing in it could be read.
        ReadError: the parquet files are not those that ``save`` writes.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise UsageError(f"dashboard expects a folder of saved pages or of saved frames, found {str(folder)!r}")
    if (path / "reports.parquet").is_file():
        from govreport.export import load

        return load(path)
    from govreport.api import open_reports

    return open_reports(path)


def serve(folder: str | os.PathLike[str] | None = None, *, port: int | None = None, browser: bool = True) -> None:
    """Serve the explorer until it is broken off with Ctrl-C. Nobody but this machine can reach it.

    Args:
        folder: a user's folder, see ``open_folder``; the bundled data by default.
        port: where to serve; by default 8866 or the next one that is free.
        browser: whether to open the page in a web browser.

    Raises:
        UsageError: the folder cannot be used, or the port is taken.
        GovreportError: a package that the page needs is not installed.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise GovreportError(f"the dashboard needs {', '.join(missing)}: pip install 'govreport[explorer]'")
    chosen = _port(port)
    with tempfile.TemporaryDirectory(prefix="govreport-") as temporary:
        place = Path(temporary)
        if folder is not None:
            os.environ[_DATA] = str(_prepared(folder, place / "data"))
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(place), os.environ.get("JUPYTER_PATH")]))
        _write_kernel(place / "kernels" / _KERNEL)
        _write_template(place / "voila" / "templates" / _LOOK)
        print(f"The explorer is at http://{HOST}:{chosen}/ (Ctrl-C stops it)", flush=True)
        _run(_write_notebook(place / "page"), chosen, browser=browser)


def page() -> Any:
    """The widget of the page, in the kernel that Voila has started for a visitor.

    Raises:
        ReadError: the data that ``serve`` prepared is gone.
    """
    from govreport.bundled import sample
    from govreport.export import load
    from govreport.widgets import explorer, several

    if _DATA in os.environ:
        return explorer(load(os.environ[_DATA]))
    sets: dict[str, Callable[[], Frames | Headlines]] = {
        "1,041 份报告的主要数字 Headline figures of 1,041 reports": lambda: sample("headlines"),
        "九份完整报告 Nine whole reports": sample,
        "合成面板（教学用，不是真实数据） Synthetic panel, for teaching, not real": _synthetic,
    }
    return several(sets)


def _synthetic() -> Frames:
    from govreport.synthetic import panel

    return panel(bodies=400).frames


def _prepared(folder: str | os.PathLike[str], beside: Path) -> Path:
    """The folder of parquet files that the kernels load: the user's own, or one written once for all visitors."""
    from govreport.export import save

    frames = open_folder(folder)
    print(frames, file=sys.stderr)
    for failure in frames.failures.itertuples(index=False):
        print(f"{failure.source}: not read: {failure.message}", file=sys.stderr)
    own = Path(folder).expanduser().resolve()
    return own if (own / "reports.parquet").is_file() else save(frames, beside)


def _port(wanted: int | None) -> int:
    tries = [wanted] if wanted is not None else list(range(PORT, PORT + _TRIES))
    for port in tries:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except (OSError, OverflowError):
                continue
            return port
    raise UsageError(f"no free port among {', '.join(map(str, tries))} of {HOST}; give another one with --port")


def _write_kernel(folder: Path) -> None:
    """A kernel that is this very Python: one called python3 may be another one's."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    spec = {"argv": command, "display_name": "govreport", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _write_template(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
    (folder / "index.html.j2").write_text(_TEMPLATE, encoding="utf-8")


def _write_notebook(folder: Path) -> Path:
    """The notebook of the page, in a folder of its own: Voila hands out files beside a notebook."""
    folder.mkdir()
    cell: dict[str, Any] = {
        "cell_type": "code", "id": "page", "metadata": {}, "execution_count": None, "outputs": [],
        "source": "from govreport.dashboard import page\n\npage()",
    }  # fmt: skip
    kernel = {"kernelspec": {"display_name": "govreport", "language": "python", "name": _KERNEL}}
    path = folder / "govreport.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}), "utf-8")
    return path


def _run(notebook: Path, port: int, *, browser: bool) -> None:
    from voila.app import Voila

    options = [
        str(notebook), f"--Voila.ip={HOST}", f"--port={port}", "--Voila.port_retries=0", "--Voila.log_level=ERROR",
        f"--template={_LOOK}", "--preheat_kernel=True", "--pool_size=1",
    ]  # fmt: skip
    Voila.launch_instance(options if browser else [*options, "--no-browser"])
