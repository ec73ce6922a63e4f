"""Old Word, WPS, RTF and OpenDocument texts: LibreOffice makes a docx of them, and that is read."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from govreport.errors import ReadError
from govreport.model import Document, Origin
from govreport.read import docx

_SECONDS = 120
_PROGRAMS = ("soffice", "libreoffice")
# LibreOffice tells files apart by their names; those of WPS are old Word files.
_SUFFIX = {"doc": ".doc", "wps": ".doc", "rtf": ".rtf", "odt": ".odt", "word_xml": ".xml"}


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """An old Office text as a ``Document``, as LibreOffice understands it.

    Raises:
        ReadError: LibreOffice is not installed, could not read the file, or was not done in two minutes.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise ReadError(
            f"files of the kind {kind} are read with LibreOffice, which is not installed; install it "
            "(on Debian and Ubuntu: apt-get install libreoffice-writer), or save the file as docx"
        )
    with tempfile.TemporaryDirectory(prefix="govreport-") as folder:
        made = _converted(program, content, kind, Path(folder))
    document = docx.read(made, kind=kind, sha256=sha256, origin=origin)
    return replace(document, engine=f"LibreOffice, {document.engine}")


def _converted(program: str, content: bytes, kind: str, folder: Path) -> bytes:
    source = folder / f"report{_SUFFIX.get(kind, '.doc')}"
    source.write_bytes(content)
    # A profile of its own: two runs may go on at once, and nobody's macros or settings take part.
    profile = (folder / "profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nologo",
               "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder), str(source)]  # fmt: skip
    try:
        run = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise ReadError(
            f"LibreOffice was not done with the {kind} file in {_SECONDS} seconds; it was given up"
        ) from error
    except OSError as error:
        raise ReadError(f"LibreOffice ({program}) could not be started: {error}") from error
    target = source.with_suffix(".docx")
    if run.returncode or not target.is_file():
        said = (run.stderr or run.stdout).decode("utf-8", "replace").strip()[-200:]
        raise ReadError(
            f"LibreOffice could not read the {kind} file ({said or f'exit status {run.returncode}'}); it may be "
            "damaged or protected by a password: open it in its own program and save it as docx"
        )
    return target.read_bytes()
