"""Just enough text of a page to know a challenge page and to read a list: decoding, visible text, title."""

from __future__ import annotations

import codecs
import html
import re

_HEAD_BYTES = 4096
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# A page may name any codec of Python; only these are tried. gb18030 contains gb2312 and gbk, and pages that
# declare the smaller set use letters of the larger. Latin-1 is left out: servers send it without looking.
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode": "utf-8",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "gb18030": "gb18030", "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
}  # fmt: skip
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))


def decode(content: bytes, content_type: str = "") -> tuple[str, str]:
    """Text of a page and the encoding that held.

    Tried in order: byte order mark; UTF-8, since no page of Chinese text in another encoding is valid UTF-8 by
    chance; the charset of the HTTP header; the one declared in the first 4096 bytes; gb18030. The first that
    decodes every byte holds. If none does, the one declared first stands, with U+FFFD for what it cannot decode.

    >>> decode("年报".encode("gbk"))
    ('年报', 'gb18030')
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace"), encoding
    declared = [_declared(content_type), _declared(content[:_HEAD_BYTES].decode("latin-1"))]
    known = [name for name in declared if name]
    for encoding in ("utf-8", *known, "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    encoding = known[0] if known else "gb18030"
    return content.decode(encoding, errors="replace"), encoding


def _declared(text: str) -> str | None:
    match = _CHARSET.search(text)
    return _CODECS.get(match.group(1).lower()) if match else None


def without_hidden(text: str) -> str:
    """The page without comments, scripts and styles. What is opened and never closed is cut to the end."""
    for opening, closing in _HIDDEN:
        text = _cut(text, opening, closing)
    return text


def visible(text: str) -> str:
    """What a reader sees, on one line.

    >>> visible("<title>年报</title><script>var a;</script><p>正文&nbsp;一</p>")
    '年报 正文 一'
    """
    return " ".join(html.unescape(_TAG.sub(" ", without_hidden(text))).split())


def title(text: str) -> str:
    """The page title, "" if there is none."""
    lower = text.lower()
    start = lower.find("<title")
    start = lower.find(">", start) + 1 if start >= 0 else 0
    end = lower.find("</title", start) if start else -1
    return " ".join(html.unescape(text[start:end]).split()) if end >= 0 else ""


def _cut(text: str, opening: str, closing: str) -> str:
    """Cut by searching forward only: a pattern would take a quadratic time on pages made to hang it."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow in lower case; positions would no longer agree
        lower = text
    kept, at = [], 0
    while (start := lower.find(opening, at)) >= 0:
        kept.append(text[at:start])
        end = lower.find(closing, start + len(opening))
        if end < 0:
            return " ".join(kept)
        at = end + len(closing)
    return " ".join([*kept, text[at:]])
