"""Which reader a file wants that is neither HTML nor plain text: by its first bytes, and by what is packed in it."""

from __future__ import annotations

import io
import zipfile

from govreport.kinds import kind_by_start

# Parts by which zipped formats are told; OpenDocument writes its type as the first file, not packed.
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsx"}
_OPEN_DOCUMENT = ((b"opendocument.spreadsheet", "ods"), (b"opendocument.text", "odt"))
# Streams of old Office files; their names stand in the directory as UTF-16.
_STREAMS = (("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"))


def kind_of_file(content: bytes) -> str:
    """Kind of a file by its bytes, never by its name; "" for what is read as HTML or text, or not at all.

    >>> kind_of_file(b"%PDF-1.7 ..."), kind_of_file("<p>年报</p>".encode())
    ('pdf', '')
    """
    kind = kind_by_start(content)
    if kind == "zip":
        return _zipped(content)
    if kind == "ole":
        return next((kind for name, kind in _STREAMS if name.encode("utf-16-le") in content), "doc")
    return kind


def _zipped(content: bytes) -> str:
    for mark, kind in _OPEN_DOCUMENT:
        if mark in content[:200]:
            return kind
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "zip"  # damaged; the reader of archives says how
    return next((kind for part, kind in _PARTS.items() if part in names), "zip")
