"""What a file is, by its first bytes: files that are neither HTML nor plain text, and have readers of their own."""

from __future__ import annotations

import io
import zipfile

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
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
    head = content[:_HEAD].lstrip(b" \t\r\n\xef\xbb\xbf")
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zipped(content)
    if head.startswith(_OLE):
        return next((kind for name, kind in _STREAMS if name.encode("utf-16-le") in content), "doc")
    if head.startswith(_PICTURES) or (head[:2] == b"BM" and b"\x00\x00" in head[:10]):
        return "picture"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "picture"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if b"multipart/related" in head and b"MIME-Version:" in head:
        return "mhtml"
    if b"Word.Document" in head and b"<?mso-application" in head:
        return "word_xml"
    return ""


def _zipped(content: bytes) -> str:
    for mark, kind in _OPEN_DOCUMENT:
        if mark in content[:200]:
            return kind
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "zip"  # damaged; the reader of archives says how
    return next((kind for part, kind in _PARTS.items() if part in names), "zip")
