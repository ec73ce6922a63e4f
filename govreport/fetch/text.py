"""Just enough text of a page to know a challenge page and to read a list: decoding, visible text, title."""

from __future__ import annotations

import html
import re

from govreport.charsets import LABELS, MARKS, decode_strictly

_HEAD_BYTES = 4096
# Declarations that are not believed: servers send Latin-1 without looking, UTF-16 has a mark, and HZ has died out.
_NOT_BELIEVED = frozenset(("cp1252", "utf-16-le", "utf-16-be", "hz"))
_LABELS = LABELS | {"unicode": "utf-8"}  # UTF-16 would begin with its mark
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
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace"), encoding
    declared = [_declared(content_type), _declared(content[:_HEAD_BYTES].decode("latin-1"))]
    known = [name for name in declared if name and name not in _NOT_BELIEVED]
    for encoding in ("utf-8", *known, "gb18030"):
        text = decode_strictly(content, encoding)
        if text is not None:
            return text, encoding
    encoding = known[0] if known else "gb18030"
    return content.decode(encoding, errors="replace"), encoding


def _declared(text: str) -> str | None:
    match = _CHARSET.search(text)
    return _LABELS.get(match.group(1).lower()) if match else None


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
