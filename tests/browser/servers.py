"""Where the browser is, and servers on this machine that are always stopped again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
NEED = "browser tests need Chromium: apt-get install chromium, or set GOVREPORT_CHROMIUM to the browser's path"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_START = 60.0  # seconds until a server must answer


def chromium() -> str:
    given = os.environ.get("GOVREPORT_CHROMIUM")
    found = given if given and Path(given).is_file() else None
    found = found or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip(NEED)
    return found


class Server:
    """A server in its own process group, with settings of its own; stopped whatever happens."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        own = {name: str(folder / name.lower()) for name in (
            "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR")}  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *(part.format(port=self.port) for part in command)],
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True, cwd=folder,
                env={**os.environ, **own, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **(environment or {})},
            )  # fmt: skip

    def wait(self, path: str = "/") -> Server:
        end = time.monotonic() + _START
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(self.url + path, timeout=5).close()
                return self
            time.sleep(0.2)
        pytest.fail(f"the server did not answer: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def quiet_lab(settings: Path) -> None:
    """JupyterLab without questions about news and updates."""
    folder = settings / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    answers = {"fetchNews": "false", "checkForUpdates": False}
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(answers), encoding="utf-8")


def notebook(path: Path, *cells: str) -> Path:
    made = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
        for n, text in enumerate(cells)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": made}
    path.write_text(json.dumps(book), encoding="utf-8")
    return path
