"""What a file is by its first bytes, never by its name. Imports nothing of the package."""

from __future__ import annotations

_HEAD = 4096
_BLANKS = b" \t\r\n\xef\xbb\xbf"
_STARTS = (
    (b"%PDF-", "pdf", "a PDF file"),
    (b"{\\rtf", "rtf", "a rich text (RTF) file"),
    (b"PK\x03\x04", "zip", "a zip archive"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", "an old Office file (doc, xls or wps)"),
    (b"\x89PNG\r\n", "picture", "a PNG picture"),
    (b"\xff\xd8\xff", "picture", "a JPEG picture"),
    (b"GIF8", "picture", "a GIF picture"),
    (b"II*\x00", "picture", "a TIFF picture"),
    (b"MM\x00*", "picture", "a TIFF picture"),
    (b"Rar!\x1a\x07", "rar", "a rar archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7z archive"),
    (b"\x1f\x8b", "packed", "gzip-compressed data"),
    (b"BZh", "packed", "bzip2-compressed data"),
    (b"\xfd7zXZ\x00", "packed", "xz-compressed data"),
    (b"(\xb5/\xfd", "packed", "zstd-compressed data"),
)
_OPENINGS = tuple(start for start, _, _ in _STARTS)
_ZIPPED = ((b"word/", "a Word file (docx)"), (b"xl/", "an Excel file (xlsx)"), (b"OFD.xml", "an OFD file"))


def kind_by_start(content: bytes) -> str:
    """Kind of a file that is neither a page nor a text; "" for these.

    ``pdf``, ``rtf``, ``mhtml``, ``word_xml``, ``picture``, ``rar``, ``7z``, ``packed`` for one compressed file;
    ``zip`` and ``ole`` whatever they hold.

    >>> kind_by_start(b"%PDF-1.7 ..."), kind_by_start("<p>年报</p>".encode())
    ('pdf', '')
    """
    return _kind_and_name(content)[0]


def name_by_start(content: bytes) -> str:
    """The same in words for a message; a zip file by what is seen in it.

    >>> name_by_start(b"PK..word/document.xml".replace(b"..", bytes((3, 4)))), name_by_start(b"GIF89a")
    ('a Word file (docx)', 'a GIF picture')
    """
    kind, name = _kind_and_name(content)
    return next((told for part, told in _ZIPPED if part in content), name) if kind == "zip" else name


def _kind_and_name(content: bytes) -> tuple[str, str]:
    head = content[:_HEAD].lstrip(_BLANKS)
    if head.startswith(_OPENINGS):
        return next((kind, name) for start, kind, name in _STARTS if head.startswith(start))
    if head[:2] == b"BM" and b"\x00\x00" in head[:10]:
        return "picture", "a BMP picture"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "picture", "a WebP picture"
    if head[:1] != b"<" and b"multipart/related" in head and b"MIME-Version:" in head:
        return "mhtml", "a single-file web archive (MHTML)"
    if head[:1] == b"<" and b"Word.Document" in head and b"<?mso-application" in head:
        return "word_xml", "a Word XML file"
    return "", ""
