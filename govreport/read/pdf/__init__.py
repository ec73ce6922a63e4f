"""PDF files to paragraphs and grids: tables with rules, without rules, over page ends; scanned pages through OCR.

``line`` of paragraphs, grids and cells is the number of their page here, so that a person finds the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

from govreport.errors import ReadError
from govreport.model import Document, Origin, texts_of
from govreport.read.pdf import source
from govreport.read.pdf.assembly import Made, blocks_of, join_tables, take_tables
from govreport.read.pdf.flow import without_furniture
from govreport.read.pdf.page import View, plain_page
from govreport.read.pdf.sheets import on_pages, sheets_of

_SCAN = 0.5  # of a page: a picture that large is the page
_PICTURE = 0.01
_MOST_PICTURES = 100  # pages that are recognised, some five seconds each
_FIRST_PAGES = 3  # a cover, an empty page and the first of the text
_UNREADABLE = 0.15  # share of characters without meaning from which on a page is not read


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """A PDF file as a ``Document``; pages without text are read by OCR.

    Raises:
        ReadError: pypdfium2 is missing; the file is damaged, cut, protected by a password or beyond the limits of
            ``source``; its fonts do not say which letters they print; a page is a picture and OCR is missing; or
            more pages are pictures than are recognised.
    """
    raw = source.raw_pages(content)
    views = [plain_page(page) for page in raw]
    reasons = {view.number: reason for view in views if (reason := _unreadable(view))}
    _refuse_too_many(reasons)
    if reasons and all(view.number in reasons or not _letters(view) for view in views):
        return _recognised(content, reasons, sha256, origin, kind)
    made = Made()
    for number, reason in reasons.items():
        picture = source.draw(content, number)
        made.scanned[number] = _ocr(reason, partial(_read_picture, picture, number))
        made.note(f"{reason}; it was read by OCR")
    views = [view for view in views if view.number not in reasons]
    for view in views:
        _remark(view, made)
    views, pages = sheets_of(views) if not made.scanned else (views, [])
    made.notes += [f"page {page} holds two sheets beside each other; the notes that follow count sheets"
                   for page in sorted(set(pages)) if pages.count(page) > 1]  # fmt: skip
    made.notes += without_furniture(views)
    lines = take_tables(views, made)
    join_tables(made)
    blocks = on_pages(blocks_of(made, lines, views), pages)
    if not blocks:
        hidden = sum(view.hidden for view in views)
        seen = f" that can be seen, only {hidden:,} hidden characters" if hidden else ""
        raise ReadError(f"a PDF file with text was expected; its {len(raw)} pages hold none{seen}")
    engine = source.engine() + (", rapidocr" if made.scanned else "")
    return Document(
        blocks=tuple(blocks),
        reader="pdf",
        encoding="",
        encoding_from="",
        sha256=sha256,
        origin=origin,
        images=made.images,
        notes=tuple(made.notes),
        kind=kind,
        engine=engine,
        confidence=made.confidence,
    )


def scanned_words(content: bytes) -> Iterator[str] | None:
    """Words on each of the first pages of a file of pictures, recognised as they are asked for; None for other files.

    Raises:
        ReadError: as ``read`` does; of OCR when words are asked for.
    """
    reasons: dict[int, str] = {}
    for most in (_FIRST_PAGES, source.MOST_PAGES):  # most files with text show it at once
        views = [plain_page(page) for page in source.raw_pages(content, first=most)]
        reasons = {view.number: reason for view in views if (reason := _unreadable(view))}
        if not reasons or any(view.number not in reasons and _letters(view) for view in views):
            return None
    first = islice(reasons.items(), _FIRST_PAGES)
    return (_words_on(content, number, reason) for number, reason in first)


def _words_on(content: bytes, number: int, reason: str) -> str:
    blocks, _ = _ocr(reason, partial(_read_picture, source.draw(content, number), number))
    return "\n".join(text for block in blocks for text in texts_of(block))


def _letters(view: View) -> int:
    return sum(char.text != " " for char in view.chars)


def _unreadable(view: View) -> str:
    """Why the text of a page cannot be taken from the file; empty where it can, or where the page is empty."""
    letters = _letters(view)
    if letters and view.unmapped > _UNREADABLE * letters:
        told = f"{view.unmapped} of {letters} characters"
        return f"the fonts of page {view.number} do not say which letters they print ({told})"
    if not letters and (view.pictured >= _SCAN or (view.hidden and view.images)):
        return f"page {view.number} is a picture"
    return ""


def _remark(view: View, made: Made) -> None:
    """Notes on a page with text, and its pictures counted."""
    if view.hidden:
        made.note(f"page {view.number}: {view.hidden} characters that nobody sees were left out")
    if view.turned:
        made.note(f"page {view.number} was turned by {view.turned} degrees to be read")
    area = _PICTURE * view.width * view.height
    made.images += sum((x1 - x0) * (y1 - y0) > area for x0, y0, x1, y1 in view.images)
    made.notes += view.notes


def _refuse_too_many(reasons: dict[int, str]) -> None:
    """Refuse a file of more pictures than a report has pages, before the first is drawn.

    Raises:
        ReadError: too many pages have to be recognised.
    """
    if len(reasons) > _MOST_PICTURES:
        raise ReadError(
            f"a report of some pages was expected; {len(reasons)} pages must be read by OCR, the first because "
            f"{next(iter(reasons.values()))} (at most {_MOST_PICTURES} are). Save the pages of the report as a file "
            "of their own"
        )


def _ocr(reason: str, task: Callable[[Any], Any]) -> Any:
    """What OCR makes of a page or a file; where it fails, the reason why it was needed is told too."""
    try:
        return task(import_module("govreport.read.ocr"))
    except ReadError as error:
        raise ReadError(f"{reason}, so it must be read by OCR: {error}") from error


def _read_picture(picture: Any, number: int, ocr: Any) -> Any:
    return ocr.read_image(picture, page=number)


def _recognised(content: bytes, reasons: dict[int, str], sha256: str, origin: Origin, kind: str) -> Document:
    """A file of pictures, read as one so that tables go on over its pages; empty pages between them are counted."""

    def task(ocr: Any) -> Document:
        first, last = min(reasons), max(reasons)
        pictures = (source.draw(content, n) if n in reasons else ocr.empty_page() for n in range(first, last + 1))
        made: Document = ocr.read_images(pictures, kind=kind, sha256=sha256, origin=origin, first_page=first)
        return made

    made: Document = _ocr(next(iter(reasons.values())), task)
    notes = [f"{reason}; it was read by OCR" for reason in reasons.values()]
    return replace(made, notes=(*notes, *made.notes), engine=f"{source.engine()}, {made.engine}")
