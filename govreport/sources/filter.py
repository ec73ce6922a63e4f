"""The fast look that tells pages which may be annual reports from all others; what to look for stands in
``forms/report_marks.csv``.

A crawl holds a thousand other pages for each report, so this must cost far less than parsing and may not lose a report.
The bytes are not decoded: all ASCII is cut out first, which takes markup, blanks and line ends away at once, so that a
label broken by tags is whole again, and leaves a tenth of a page to search. Most marks stand close to the word 公开,
so that only its surroundings are searched for them.

Office files are unpacked, or searched for UTF-16. The words of PDF, RTF and MHTML files cannot be seen so: all of them
go to their readers, and ``shows_report`` judges what was read; of a scanned file the first pages, since recognising one
takes seconds. Pictures are passed over for the same reason.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import NamedTuple

from govreport.errors import FormError, ReadError
from govreport.forms import read_csv
from govreport.model import Document, texts_of
from govreport.sources.files import PASS, READ, UNPACK, FileKind, Packed, file_kind, wide_text

ENOUGH = 6
"""Points that make a page worth parsing."""
NOT_BY_ITS_WORDS = "no annual report by their words"
ANSWERS = "answers of list interfaces"
"""What the pre-filter passes over is counted under these, and under the labels of ``forms/source_files.csv``."""

_MENU = 3  # points that the menu of any official site gives
_ASCII = bytes(range(128))
_HEAD = 16_384
_OPENING = 1_000
_FIRST_WORDS = 240  # bytes of Chinese at the start of a text without markup: its title and a line more
_NEAR = 48  # bytes on both sides of the anchor: sixteen signs in UTF-8
_MOST = 2_000  # places of the anchor that are looked at; long reports have 300
_ENTITIES = 8  # so many numbered characters are more than the odd sign of a page
_HIDDEN = 20  # a page with less than a twentieth of other signs than ASCII may write its Chinese in ASCII
_GROUPS = ("anchor", "gate", "label", "title", "phrase", "heading", "prose", "wording")
_PLACES = ("", "near", "anywhere", "title")
_TITLE = re.compile(
    rb"<title[^>]{0,200}>([^<]{0,600})|<meta[^>]{0,200}articletitle[^>]{0,600}|<h1[^>]{0,300}>([^<]{0,300})",
    re.IGNORECASE,
)
_HAN_YEARS = [year.encode(name) for year in ("二〇", "二○", "二零", "２０") for name in ("utf-8", "gb18030")]
_PROLOGUE = re.compile(r"(?:\s|<\?xml[^>]{0,200}>|<!--.{0,500}?-->)*+", re.DOTALL)
_YEAR = re.compile(b"|".join([b"20[0-3][0-9]", *_HAN_YEARS]))
# A family is a writing and an encoding. Big5 and GBK have characters whose second byte is ASCII; what is left of them
# after the cut is still theirs alone for words of three characters and more.
_FAMILIES = (
    ("marks", "utf-8"), ("marks", "gb18030"), ("traditional", "utf-8"), ("traditional", "big5"),
    ("traditional", "gb18030"),
)  # fmt: skip
_BLANKS = ("\u3000".encode(), "\xa0".encode())
_THE = "的".encode()  # every second sentence has it: the page is UTF-8, and every second family need not be tried


class _Mark(NamedTuple):
    """One piece of evidence: any of the words counts once."""

    weight: int
    words: tuple[bytes, ...]


class _Family(NamedTuple):
    """All marks in one writing and encoding, by group and place; ``inner`` are those near ones that no list has."""

    anchor: bytes
    gates_near: tuple[_Mark, ...]
    gates: tuple[_Mark, ...]
    labels: tuple[_Mark, ...]
    titles: tuple[_Mark, ...]
    near: tuple[_Mark, ...]
    inner: tuple[_Mark, ...]
    wording: tuple[_Mark, ...]


def looks_like_report(content: bytes, content_type: str = "") -> bool:
    """Whether a page or file may be an annual report and is worth reading; made to let no report go.

    Labels of the statutory tables, headings of the sections, words of the title and of the usual prose are counted,
    in simplified and traditional writing, in UTF-8, GBK, Big5, UTF-16 and as numbered HTML characters; in Word files,
    spreadsheets and archives of files too. Of a file whose words cannot be seen fast (``is_unseen``) this is true.

    Args:
        content: a page, a text or a file as fetched.
        content_type: the HTTP header of that name; only its charset UTF-16 is of use here.

    >>> looks_like_report("<td>四、结转下年度继续办理</td><td>0</td><td>尚未审结</td><p>予以公开</p>".encode("gbk"))
    True
    >>> looks_like_report("<a href='/nb'>政府信息公开年报</a>".encode())
    False
    """
    return not why_passed_over(content, content_type)


def why_passed_over(content: bytes, content_type: str = "") -> str:
    """Why a page or file is not worth reading, as it is counted; empty where ``looks_like_report``."""
    kind = file_kind(content)
    if kind is None:
        return _why_no_page(content, content_type)
    if kind.use == PASS:
        return kind.label
    try:
        return _why_no_file(content, kind)
    except ReadError:
        return ""  # its reader says how it is damaged


def is_unseen(content: bytes) -> bool:
    """Whether the words of a file cannot be seen fast, so that what was read has to be judged by ``shows_report``."""
    kind = file_kind(content)
    if kind is None or kind.use != UNPACK:
        return kind is not None and kind.use == READ
    try:
        packed = Packed(content)
        return packed.is_archive and any(is_unseen(file) for _, file in packed.files())
    except ReadError:
        return False


def shows_report(document: Document) -> bool:
    """Whether the words of a document that was read are those of an annual report, by the measure of the pre-filter."""
    return tells_of_report("\n".join(text for block in document.blocks for text in texts_of(block)))


def tells_of_report(text: str) -> bool:
    """The same of any text."""
    return points(text.encode("utf-8", "replace")) >= ENOUGH


def _why_no_page(content: bytes, content_type: str) -> str:
    if points(content, content_type) < ENOUGH:
        return NOT_BY_ITS_WORDS
    return ANSWERS if _is_answer(content) and not _has_more_than_titles(content) else ""


def _why_no_file(content: bytes, kind: FileKind) -> str:
    if kind.use == READ:
        return ""
    if kind.use == UNPACK:
        return _why_not_unpacked(Packed(content))
    # before Word 97 and Excel 97 Chinese stood as GBK
    found = any(_best(text.translate(None, _ASCII), text) >= ENOUGH for text in (wide_text(content), content))
    return "" if found else NOT_BY_ITS_WORDS


def _why_not_unpacked(packed: Packed) -> str:
    if packed.label:
        return packed.label
    if packed.is_archive:
        found = any(looks_like_report(file) for _, file in packed.files())
    else:
        found = points(packed.text()) >= ENOUGH
    return "" if found else NOT_BY_ITS_WORDS


def _is_answer(content: bytes) -> bool:
    """Whether it is data and no page: JSON, or XML that is neither a page nor a Word file."""
    head = content[:_OPENING].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    start = _PROLOGUE.match(head)
    return _answers().match(head, start.end() if start else 0) is not None


def _has_more_than_titles(content: bytes) -> bool:
    """Whether labels of the tables or headings are in it, or only what stands in any list of reports."""
    bare = content.translate(None, _ASCII)
    for family in _families():
        if family.anchor in bare:
            near = _surroundings(bare, family.anchor)
            if max(_table_points(family, near, bare), _sum(family.inner, near, 0)) >= ENOUGH:
                return True
    return False


def points(content: bytes, content_type: str = "") -> int:
    """Evidence that a page is an annual report, counted until it is ``ENOUGH``; 0 for a page of another subject."""
    wide = _wide(content[:64], content_type)
    plain = content.decode(wide, "replace").encode("utf-8", "replace") if wide else content
    bare = plain.translate(None, _ASCII)
    found = _best(bare, plain)
    if found < ENOUGH and not wide and len(bare) < len(content) // _HIDDEN:
        plain = _unhidden(content, bare)
        found = max(found, _best(plain.translate(None, _ASCII), plain))
    return found


def _best(bare: bytes, plain: bytes) -> int:
    """The points by the writing and encoding that give most."""
    best = 0
    for blank in _BLANKS:
        if blank in bare:
            bare = bare.replace(blank, b"")
    for family in _families()[:: 2 if _THE in bare else 1]:
        if family.anchor in bare:
            best = max(best, _count(family, bare, plain))
            if best >= ENOUGH:
                break
    return best


def _count(family: _Family, bare: bytes, plain: bytes) -> int:
    near = _surroundings(bare, family.anchor)
    found = _table_points(family, near, bare)
    if found < ENOUGH:
        found = _sum(family.near, near, found + _title_points(family.titles, plain, bare))
    # Wording that other reports share counts only where more than a menu speaks of disclosure.
    return _sum(family.wording, bare, found) if _MENU < found < ENOUGH else found


def _table_points(family: _Family, near: bytes, bare: bytes) -> int:
    if _any(family.gates_near, near) or _any(family.gates, bare):
        return _sum(family.labels, bare, 0)
    return 0


def _surroundings(bare: bytes, anchor: bytes) -> bytes:
    """The text close to each place of the anchor."""
    parts = bare.split(anchor, _MOST)
    return anchor.join([part if len(part) <= 2 * _NEAR else part[:_NEAR] + b"\n" + part[-_NEAR:] for part in parts])


def _any(marks: tuple[_Mark, ...], text: bytes) -> bool:
    return any(word in text for mark in marks for word in mark.words)


def _sum(marks: tuple[_Mark, ...], text: bytes, found: int) -> int:
    for mark in marks:
        for word in mark.words:
            if word in text:
                found += mark.weight
                break
        if found >= ENOUGH:
            return found
    return found


def _title_points(marks: tuple[_Mark, ...], plain: bytes, bare: bytes) -> int:
    """For a title that names a report and its year; against, for one that names something else."""
    titles = b" ".join(match[0] for match in _TITLE.finditer(plain, 0, _HEAD))
    title = titles.translate(None, _ASCII) if titles else bare[:_FIRST_WORDS]
    for mark in marks:
        if any(word in title for word in mark.words):
            return mark.weight if mark.weight < 0 or _YEAR.search(titles or plain[:_HEAD]) else 0
    return 0


def _unhidden(content: bytes, bare: bytes) -> bytes:
    """Chinese that is written in ASCII: as numbered characters, or in HZ."""
    if content.count(b"&#") >= _ENTITIES:
        return html.unescape(content.decode("latin-1")).replace("\xa0", " ").encode("utf-8", "replace")
    if not bare and b"~{" in content[:_HEAD]:
        return content.decode("hz", "replace").encode("utf-8", "replace")
    return b""


def _wide(head: bytes, content_type: str) -> str:
    """UTF-16 or UTF-32 by its mark, or by the zero bytes of its ASCII signs; else empty."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" not in head and "utf-16" not in content_type.lower():
        return ""
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


@cache
def _answers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row['pattern']})" for row in read_csv("source_answers")), re.IGNORECASE)


@cache
def _families() -> tuple[_Family, ...]:
    rows = read_csv("report_marks")
    strange = {row["group"] for row in rows} - {*_GROUPS} | {row["where"] for row in rows} - {*_PLACES}
    if strange:
        raise FormError(f"forms/report_marks.csv: there is no group or place {', '.join(sorted(strange))}")
    return tuple(_family(rows, column, encoding) for column, encoding in _FAMILIES)


def _family(rows: list[dict[str, str]], column: str, encoding: str) -> _Family:
    def marks(group: str, where: str) -> tuple[_Mark, ...]:
        return tuple(
            _Mark(int(row["weight"]), tuple(_bare(word, encoding) for word in row[column].split(";")))
            for row in rows
            if row["group"] in group.split() and row["where"] == where
        )

    return _Family(
        anchor=marks("anchor", "")[0].words[0],
        gates_near=marks("gate", "near"),
        gates=marks("gate", "anywhere"),
        labels=marks("label", "anywhere"),
        titles=marks("title", "title"),
        near=marks("phrase heading prose", "near"),
        inner=marks("heading prose", "near"),
        wording=marks("wording", "anywhere"),
    )


def _bare(word: str, encoding: str) -> bytes:
    return word.encode(encoding).translate(None, _ASCII)
