"""PDF files through pdfium, in a process of its own that is held to limits of time and memory.

The limits: 500 pages, half a million characters, a million lines drawn, 60 seconds, 1 GB. Annual reports have under 60
pages.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from array import array
from collections.abc import Iterator
from ctypes.util import find_library
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from govreport.errors import ReadError
from govreport.read.pdf.worker import CHAR

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PAGES = 500
MOST_CHARS = 500_000
MOST_SEGMENTS = 1_000_000
MOST_SECONDS = 60
MOST_MEMORY = 1_000_000_000
DPI = 200
MOST_PIXELS = 25_000_000

_START = "import sys; sys.path.append(sys.argv[1]); import worker; sys.exit(worker.main(sys.argv[2:]))"
_LIBRARIES = ("*pdfium*.so", "*pdfium*.dll", "*pdfium*.dylib")
_TAIL = 2_048
_MISSING = "PDF files need pypdfium2; pip install 'govreport[pdf]'"
_MESSAGES = {
    "format": "it is damaged; open it in another program and save it again, or fetch it again",
    "password": "it is protected by a password; save it without one",
    "security": "it is protected in a way that pdfium does not know; save it without protection",
    "pages": f"at most {MOST_PAGES} pages are read; cut out the report",
    "chars": f"it holds more than {MOST_CHARS:,} characters; cut out the report",
    "segments": f"it holds drawings of more than {MOST_SEGMENTS:,} lines; cut out the pages of the report",
    "broken": "a page of it is damaged; open it in another program and save it again",
    "memory": "a page of it is too large to be drawn",
}


@cache
def engine() -> str:
    """The library that reads and its version."""
    return f"pypdfium2 {version('pypdfium2')}"


class RawPage(NamedTuple):
    """A page as pdfium tells it: characters as ``worker.CHAR`` numbers, all else as left, top, right, bottom."""

    number: int
    width: float
    height: float
    chars: list[tuple[float, ...]]
    rules: list[tuple[float, ...]]
    fills: list[tuple[float, ...]]
    images: list[tuple[float, ...]]


def raw_pages(content: bytes, first: int = 0) -> list[RawPage]:
    """What stands on each page, as ``worker`` tells it; with ``first`` on so many pages, however many there are.

    Raises:
        ReadError: pypdfium2 is missing, or the file is damaged, cut, protected or beyond the limits.
    """
    _refuse_cut(content)
    told = _run(content, **({"first": first} if first else {}))
    pages: list[RawPage] = []
    at, done, count = 0, False, "0"
    while at < len(told) and not done:
        end = told.find(b"\n", at)
        word, *words = told[at:end].decode().split(" ")
        at = end + 1
        if word == "error":
            found = f" ({int(count):,} pages)" if words == ["pages"] else ""
            raise ReadError(f"a PDF file was expected that can be read{found}: {_MESSAGES[words[0]]}")
        if word == "broken":
            raise ReadError(f"page {words[0]} of the PDF file cannot be read: {_MESSAGES['broken']}")
        if word == "pages":
            count = words[0]
        elif word == "page":
            page, size = _page(words, told, at)
            pages.append(page)
            at += size
        done = word == "done"
    if not done:
        raise ReadError(f"the PDF file broke off while it was read: {_MESSAGES['format']}")
    if not pages:
        raise ReadError("a PDF file with pages was expected; this one has none: it is damaged, fetch it again")
    return pages


def _page(words: list[str], told: bytes, at: int) -> tuple[RawPage, int]:
    """A page from its line and the numbers behind it, and how many bytes these are."""
    counts = [int(word) for word in words[3:]]
    widths = (CHAR, 4, 4, 4)
    numbers = array("d")
    size = numbers.itemsize * sum(count * width for count, width in zip(counts, widths, strict=True))
    numbers.frombytes(told[at : at + size])
    parts = _parts(numbers, counts, widths)
    return RawPage(int(words[0]), float(words[1]), float(words[2]), *parts), size


def _parts(numbers: array[float], counts: list[int], widths: tuple[int, ...]) -> Iterator[list[tuple[float, ...]]]:
    start = 0
    for count, width in zip(counts, widths, strict=True):
        stop = start + count * width
        each = iter(numbers[start:stop])
        yield list(zip(*[each] * width, strict=True))
        start = stop


def draw(content: bytes, page: int) -> Image:
    """A page as a picture in colours, at 200 dots an inch or less for very large pages.

    Raises:
        ReadError: pillow is missing, or the page cannot be drawn within the limits.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ReadError("pages without text are read as pictures; pip install 'govreport[ocr]'") from error
    _, _, rest = _run(content, render=page, dpi=DPI, pixels=MOST_PIXELS).partition(b"\n")
    head, _, pixels = rest.partition(b"\n")
    word, *words = head.decode().split(" ")
    if word != "picture":
        why = _MESSAGES.get(words[0] if words else "", _MESSAGES["broken"])
        raise ReadError(f"page {page} of the PDF file cannot be drawn: {why}")
    width, height, stride = map(int, words[:3])
    image = Image.frombuffer("RGB", (width, height), pixels, "raw", "BGR", stride, 1)
    image.info["dpi"] = (float(words[3]), float(words[3]))
    return image


def _refuse_cut(content: bytes) -> None:
    """A file that stops before its end is refused: what pdfium mends of it lacks pages or fonts in silence."""
    end = content.rfind(b"%%EOF")
    if end < 0 or content.find(b"endobj", end) >= 0 or content.find(b"endstream", end) >= 0:
        raise ReadError("a whole PDF file was expected; this one breaks off before its end: fetch or copy it again")


def _run(content: bytes, **task: int) -> bytes:
    library = _library()
    if not sys.executable:
        raise ReadError("PDF files are read in a process of their own, and this Python does not say where it stands")
    limits = {"pages": MOST_PAGES, "chars": MOST_CHARS, "segments": MOST_SEGMENTS, "seconds": MOST_SECONDS,
              "memory": MOST_MEMORY, **task}  # fmt: skip
    words = [f"{name}={value}" for name, value in limits.items()]
    command = [sys.executable, "-I", "-S", "-c", _START, str(Path(__file__).parent), library, *words]
    try:
        run = subprocess.run(command, input=content, capture_output=True, timeout=2 * MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ReadError(_gave_up()) from error
    except OSError as error:
        raise ReadError(f"the process that reads PDF files could not be started: {error}") from error
    if run.returncode:
        if b"MemoryError" in run.stderr[-_TAIL:] or run.returncode < 0:
            raise ReadError(_gave_up())
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReadError(f"the process that reads PDF files failed ({said[-1] if said else run.returncode})")
    return run.stdout


def _gave_up() -> str:
    return (
        f"the PDF file needs more than {MOST_SECONDS} seconds or {MOST_MEMORY // 1_000_000:,} MB to be read, or it "
        "makes pdfium fail; it is damaged or made to harm: open it in another program and save the report's pages"
    )


def _library() -> str:
    """The file of pdfium that comes with pypdfium2, or the system's own where it comes without; found unloaded."""
    package = importlib.util.find_spec("pypdfium2_raw")
    if package is None or package.origin is None:
        raise ReadError(_MISSING)
    folder = Path(package.origin).parent
    beside = next((str(file) for pattern in _LIBRARIES for file in folder.glob(pattern)), None)
    library = beside or find_library("pdfium")
    if library is None:
        raise ReadError(f"pdfium was expected in {folder} or among the system's libraries; {_MISSING}")
    return library
