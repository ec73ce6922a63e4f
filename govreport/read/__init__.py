"""Bytes to a Document: paragraphs and grids in page order. Knows kinds of files, not the form.

The readers are chosen by what the bytes are, never by a file's name alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from govreport.errors import ReadError, UsageError
from govreport.model import Document, Origin, Page
from govreport.read.html import read_html
from govreport.read.join import join_documents
from govreport.read.kinds import kind_of_file
from govreport.read.sniff import MAX_BYTES, decode
from govreport.read.text import read_text

Source = bytes | bytearray | str | os.PathLike[str] | Page

_MAX_FILE = 8 * MAX_BYTES
"""Larger files are not even opened; between the two limits pictures inside the page are cut out."""

_READERS: dict[str, Callable[..., Document]] = {"html": read_html, "text": read_text}

# Readers of other files, by what ``kind_of_file`` says; each is loaded when a file of its kind is met.
_OTHERS = {
    "docx": "docx", "xlsx": "sheets", "xls": "sheets", "ods": "sheets", "et": "sheets",
    "doc": "office", "wps": "office", "rtf": "office", "odt": "office", "word_xml": "office", "mhtml": "mhtml",
    "zip": "archive", "pdf": "pdf", "picture": "ocr",
}  # fmt: skip


def read_document(source: Source, files: Mapping[str, Source] | None = None) -> Document:
    r"""Read a page or a file into paragraphs and grids: HTML, text, PDF, pictures, Word, spreadsheets,
    single-file web archives.

    Args:
        source: bytes, a path, or the ``Page`` that ``fetch_page`` gives.
        files: files that belong to the page, by any name: what it links to as attachment, pictures that hold its
            tables. They are read with it, in this order.

    Returns:
        A ``Document``: blocks in page order, the reader and encoding that held, digest and origin.

    Raises:
        ReadError: nothing there, too large, damaged, protected by a password, a kind of file that has no reader, or
            one whose reader is not installed; the message says how to get it.
        UsageError: the source is of another type.

    >>> read_document("规章 | 0 | 0 | 0 |\n行政规范性文件 | 2 | 0 | 7 |".encode()).grids[0].shape
    (2, 4)
    """
    if files:
        others = [(name, read_document(file)) for name, file in files.items()]
        return join_documents(read_document(source), others)
    content, origin = _load(source)
    sha256 = hashlib.sha256(content).hexdigest()
    kind = kind_of_file(content)
    if kind in _OTHERS:
        reader = import_module(f"govreport.read.{_OTHERS[kind]}")
        made: Document = reader.read(content, kind=kind, sha256=sha256, origin=origin)
        return made
    guess = decode(content, origin.content_type)
    document = _READERS[guess.kind](
        guess.text,
        sha256=sha256,
        encoding=guess.encoding,
        encoding_from=guess.encoding_from,
        origin=origin,
    )
    document = replace(document, kind=guess.kind)
    if not guess.replaced:
        return document
    note = f"{guess.replaced} bytes could not be decoded as {guess.encoding} and stand as U+FFFD"
    return _with_note(document, note)


def scanned_words(content: bytes) -> Iterator[str] | None:
    """Words on each of the first pages of a PDF file whose pages are pictures, so that a file of another subject need
    not be recognised to its end; None for all other files.

    Raises:
        ReadError: the file is damaged or protected, or a reader is not installed.
    """
    if kind_of_file(content) != "pdf":
        return None
    made: Iterator[str] | None = import_module("govreport.read.pdf").scanned_words(content)
    return made


def _load(source: Source) -> tuple[bytes, Origin]:
    if isinstance(source, Page):
        return source.content, source.origin
    if isinstance(source, (bytes, bytearray)):
        return bytes(source), Origin()
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        try:
            size = path.stat().st_size
            if size > _MAX_FILE:
                raise ReadError(f"{path} has {size:,} bytes; at most {_MAX_FILE:,} are looked at. Cut the file first")
            return path.read_bytes(), Origin(source=str(path))
        except OSError as error:
            raise ReadError(f"{path} cannot be opened: {error.strerror or error}. Check the path") from error
        except ValueError as error:
            raise ReadError(f"a path was expected, found a text that cannot be one: {error}") from error
    raise UsageError(f"bytes, a path or a fetched Page was expected, found {type(source).__name__}")


def _with_note(document: Document, note: str) -> Document:
    return replace(document, notes=(*document.notes, note))
