"""What bytes are: their kind (html or text) and their encoding, with the reason for the guess.

The order for encodings is that of the HTML standard (byte order mark, HTTP charset, meta charset in the first
4 KB), but a declaration is a claim that is checked: pages that say gb2312 and hold UTF-8, or the reverse, are
common on county sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

from govreport.charsets import LABELS, MARKS, decode_strictly
from govreport.errors import ReadError
from govreport.kinds import name_by_start

MAX_BYTES = 32 * 1024 * 1024
"""Largest content that is read, after embedded pictures are cut; a long report page has under 2 MB."""

_HEAD = 4096
_SIGNS = 1_000  # characters looked at to tell Chinese from mojibake
_SHRINK_FROM = 1_000_000
_FEW_REPLACED = 5  # damaged characters that do not yet speak against an encoding
_DAMAGED_SHARE = 0.0005
_HOPELESS_SHARE = 0.1  # more replaced or control characters than this: no text
_COMMON_SHARE = 0.5  # share of common characters in real Chinese text is above 0.9, in mojibake below 0.4

_NOISE_SHARE = 0.3  # fewer common characters than this among more signs beyond ASCII than this: noise
_UNLIKELY = ("big5hkscs", "utf-16-le", "utf-16-be", "cp1252")  # believed without a declaration only if far better
_VAGUE = frozenset(("utf-8", "cp1252"))  # already tried, and a server's default that decodes anything

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_DATA_URI = re.compile(rb"data:[\w/+.;=-]{0,100};base64,[A-Za-z0-9+/=%\s]{64,}", re.IGNORECASE)
_STRONG_TAG = re.compile(r"<(?:!doctype\s+html|html|head|body|table|div|meta|title)\b", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|span|br|h[1-6]|ul|ol|li|dl|dt|dd|td|th|tr|tbody|section|article|main|font|b|strong|a|img|center|pre)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CJK = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Guess(NamedTuple):
    """What bytes were found to be.

    ``kind`` is "html" or "text". ``encoding_from`` says why: "bom", "http", "meta" (declared and found true) or
    "content" (declared nothing, or something untrue). ``replaced`` counts damaged characters, read as U+FFFD.
    """

    kind: str
    encoding: str
    encoding_from: str
    text: str
    replaced: int = 0


def decode(content: bytes, content_type: str = "") -> Guess:
    """Kind, encoding and text of the bytes of a page or a text file.

    Args:
        content: the bytes as fetched or read from a file.
        content_type: the HTTP header of that name, "" when not known.

    Raises:
        ReadError: the bytes are empty, too large, or another kind of file (PDF, Office, picture, archive).

    >>> decode("<p>规章</p><p>1</p>".encode("gbk"), "text/html; charset=gb2312")[:3]
    ('html', 'gb18030', 'http')
    """
    _refuse_empty(content)
    content = _shrunk(content)
    if name := name_by_start(content):
        raise _unfit(name)
    encoding, reason, text = _decoded(content, content_type)
    replaced = text.count("\ufffd")
    _refuse_binary(text, replaced, len(content))
    if text.startswith("\ufeff"):
        text = text[1:]
    return Guess(kind_of(text), encoding, reason, text, replaced)


def kind_of(text: str) -> str:
    """``"html"`` if the text holds HTML tags, else ``"text"``. A fragment, such as a lone table, is HTML."""
    head = text[:_HEAD]
    if _STRONG_TAG.search(head) or sum(1 for _ in _TAG.finditer(head)) >= 2:
        return "html"
    if len(text) > _HEAD and (_STRONG_TAG.search(text) or sum(1 for _ in _TAG.finditer(text)) >= 20):
        return "html"
    return "text"


def _unfit(what: str) -> ReadError:
    return ReadError(
        f"expected an HTML page or plain text, found {what}; this kind needs another reader: "
        "open it in its own program and save it as HTML or as text"
    )


def _refuse_empty(content: bytes) -> None:
    if not content[:_HEAD].strip(b" \t\r\n\x0b\x0c\x00") and not content.strip(b" \t\r\n\x0b\x0c\x00"):
        raise ReadError(
            f"expected an HTML page or plain text, found {'blanks only' if content else 'nothing'} "
            f"({len(content)} bytes); fetch or save the page again"
        )


def _shrunk(content: bytes) -> bytes:
    """The bytes without embedded pictures, which may be many times larger than the page itself."""
    size = len(content)
    if size > _SHRINK_FROM and b"base64," in content:
        content = _DATA_URI.sub(b"data:,", content)
    if len(content) > MAX_BYTES:
        raise ReadError(
            f"expected a page of at most {MAX_BYTES:,} bytes without embedded pictures, found {len(content):,} "
            f"(of {size:,}); check that this is a single report, and cut the file if it is"
        )
    return content


def _refuse_binary(text: str, replaced: int, size: int) -> None:
    middle = len(text) // 2
    sample = text[:_HEAD] + text[max(middle, _HEAD) : middle + _HEAD]
    controls = len(_CONTROL.findall(sample))
    if controls > _HOPELESS_SHARE * len(sample) or replaced > _HOPELESS_SHARE * len(text):
        raise _unfit(f"binary data ({size:,} bytes, {replaced:,} undecodable)")


def _decoded(content: bytes, content_type: str) -> tuple[str, str, str]:
    """Encoding, reason and text."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, "replace")
            if text.count("\ufffd") <= _allowed(len(text)):
                return encoding, "bom", text
    wide = _wide(content)
    if wide:
        return wide, "content", content.decode(wide, "replace")
    declared = list(_declared(content, content_type))
    text_utf8 = decode_strictly(content, "utf-8")
    if text_utf8 is not None and _is_utf8(text_utf8, content):
        if text_utf8.isascii() and declared:
            return _ascii(content, declared, text_utf8)
        return "utf-8", next((why for name, why in declared if name == "utf-8"), "content"), text_utf8
    likely = [*(guess for guess in declared if guess[0] not in _VAGUE), ("gb18030", "content")]
    for encoding, why in likely:
        found = decode_strictly(content, encoding)
        if found is not None and _common(found) >= _COMMON_SHARE:
            return encoding, why, found
    return _damaged(content, [*declared, ("utf-8", "content"), *likely]) or _best(content, declared)


def _damaged(content: bytes, likely: list[tuple[str, str]]) -> tuple[str, str, str] | None:
    """The first likely encoding in which only a few characters are broken."""
    for encoding, why in dict.fromkeys(likely):
        if encoding != "cp1252" and content[:_HEAD].decode(encoding, "replace").count("\ufffd") <= 2 * _FEW_REPLACED:
            text = content.decode(encoding, "replace")
            if text.count("\ufffd") <= _allowed(len(text)) and _common(text) >= _COMMON_SHARE:
                return encoding, why, text
    return None


def _ascii(content: bytes, declared: list[tuple[str, str]], text: str) -> tuple[str, str, str]:
    """ASCII reads alike in what was declared, save for HZ, which writes Chinese with ASCII bytes."""
    encoding, why = declared[0]
    if encoding == "hz" and b"~{" in content:
        return encoding, why, content.decode(encoding, "replace")
    return ("utf-8" if encoding in {"hz", "cp1252"} else encoding), why, text


def _declared(content: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """Encodings that the page claims, with who says so. UTF-16 in a readable meta tag is untrue, and left out."""
    found = _CHARSET.search(content_type)
    if found and (name := LABELS.get(found[1].lower())):
        yield name, "http"
    head = content[:_HEAD]
    for label in (m[1] for pattern in (_META, _XML) if (m := pattern.search(head))):
        name = LABELS.get(label.decode("ascii", "replace").lower())
        if name and not name.startswith("utf-16"):
            yield name, "meta"


def _is_utf8(text: str, content: bytes) -> bool:
    """Whether valid UTF-8 is meant as such: Chinese takes three bytes there, short GBK words can pass with two."""
    if text.isascii() or _CJK.search(text):
        return True
    other = decode_strictly(content, "gb18030")
    return other is None or _common(other) < _COMMON_SHARE


def _wide(content: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by where the zero bytes of its ASCII signs stand; else empty."""
    head = content[: _HEAD - _HEAD % 4]
    zeros = [head[k::4].count(0) for k in range(4)]
    quarter = len(head) / 4
    if sum(zeros) < 0.05 * len(head) or quarter < 1:
        return ""
    for encoding, high in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if all(zeros[k] > 0.95 * quarter for k in high):
            return encoding
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    for encoding, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if many > 20 * few and decode_strictly(head, encoding) is not None:
            return encoding
    return ""


def _best(content: bytes, declared: list[tuple[str, str]]) -> tuple[str, str, str]:
    """The candidate with the fewest damaged and the most common characters; a declared one wins a tie."""
    reasons = dict.fromkeys(("utf-8", "gb18030", *_UNLIKELY), "content")
    reasons.update(reversed(declared))
    scored = []
    for encoding, why in reasons.items():
        text = content.decode(encoding, "replace")
        bad = text.count("\ufffd") / (len(text) or 1)
        score = _common(text) - min(1.0, 20 * bad) + 0.01 * (why != "content")
        if encoding in _UNLIKELY and why == "content":
            score -= 0.2
        scored.append((score, encoding, why, text))
    _, encoding, why, text = max(scored)
    if _common(text) < _NOISE_SHARE and len(_NOT_ASCII.findall(text[:_HEAD])) > _NOISE_SHARE * len(text[:_HEAD]):
        raise _unfit(f"binary data or an unknown encoding ({len(content):,} bytes)")
    return encoding, why, text


def _allowed(length: int) -> int:
    return max(_FEW_REPLACED, int(length * _DAMAGED_SHARE))


def _common(text: str) -> float:
    """Share of everyday Chinese characters and signs among the characters beyond ASCII; 1 if there are none."""
    signs = [found[0] for found in islice(_NOT_ASCII.finditer(text), _SIGNS)]
    everyday = _everyday()
    return sum(s in everyday for s in signs) / len(signs) if signs else 1.0


@cache
def _everyday() -> frozenset[str]:
    """Level one of GB 2312 and of Big5 (3,755 and 5,401 characters by frequency of use), and Chinese punctuation."""
    gb = bytes(b for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) for b in (high, low))
    lows = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    big5 = bytes(b for high in range(0xA4, 0xC7) for low in lows for b in (high, low))
    signs = "　、。《》〈〉「」【】〔〕（），．：；？！％“”‘’—…·０１２３４５６７８９\xa0"
    return frozenset(gb.decode("gb2312", "ignore") + big5.decode("big5", "ignore") + signs)
