"""Names of encodings on Chinese pages, and the marks that a text may begin with. Imports nothing of the package."""

from __future__ import annotations

import codecs

# National standards that contain one another are read by the largest: a page that says gb2312 may hold 㑇 or 镕.
LABELS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf_8": "utf-8",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gb_2312": "gb18030", "gb2312-80": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "gb18030": "gb18030", "gb18030-2000": "gb18030", "cp936": "gb18030", "ms936": "gb18030",
    "euc-cn": "gb18030", "x-euc-cn": "gb18030", "chinese": "gb18030", "csgb2312": "gb18030", "gb": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs",
    "csbig5": "big5hkscs", "cp950": "big5hkscs",
    "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "unicode": "utf-16-le",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
}  # fmt: skip
"""Python's name of the encoding that is meant, by what a page declares in small letters. Others are not believed."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
"""Byte order marks with their encodings, in the order to look for them."""


def decode_strictly(content: bytes, encoding: str) -> str | None:
    r"""The text, None where a byte does not fit the encoding.

    >>> decode_strictly(b"\xc4\xea", "gb18030"), decode_strictly(b"\xc4\xea", "utf-8")
    ('年', None)

    Raises:
        LookupError: Python has no such encoding.
    """
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
