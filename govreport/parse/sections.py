"""The six statutory sections as text: headings found by their words, not by their numbers alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from govreport.forms import read_csv, squeeze
from govreport.model import Document, Finding, Grid, Paragraph, Section
from govreport.parse.tokens import LONGEST_LABEL, Tokens

_NUMERALS = "一二三四五六七八九十"
_BRACKETED = re.compile(r"^\s*[（(]")


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of running text with its place, outside the statutory tables."""

    text: str
    place: str
    block: int
    links: float = 0.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading met: the statutory number, the words and the numeral printed."""

    number: int
    text: str
    numeral: str


@cache
def heading_labels() -> dict[str, int]:
    """Squeezed words of section headings as met, with the number of the section."""
    found: dict[str, int] = {}
    for row in read_csv("headings"):
        for keyword in row["keywords"].split(";"):
            found.setdefault(squeeze(keyword), int(row["number"]))
    return found


@cache
def _inline() -> re.Pattern[str]:
    """Headings inside a line: a numeral, then the words of a heading, signs and blanks between them allowed."""
    words = sorted(heading_labels(), key=len, reverse=True)
    gap = r"[\s、，,和及]?"
    patterns = "|".join(gap.join(map(re.escape, w)) for w in words if len(w) >= 4)
    return re.compile(rf"(?<![（(一-鿿\d])([{_NUMERALS}]|\d)\s*[、.．,，]\s*({patterns})")


@cache
def _chrome() -> tuple[re.Pattern[str], re.Pattern[str]]:
    rows = read_csv("chrome")
    every = "|".join(re.escape(r["pattern"]) for r in rows if r["where"] == "any")
    tail = "|".join(re.escape(r["pattern"]) for r in rows)
    return re.compile(every), re.compile(tail)


@cache
def section_names() -> dict[int, str]:
    """Official heading of each section."""
    return {int(row["number"]): row["heading"] for row in read_csv("headings")}


def running_text(document: Document, tokens: Tokens, spans: list[tuple[int, int]]) -> list[Line]:
    """All text that stands outside the statutory tables, a line a paragraph or a row of another table."""
    inside = bytearray(len(tokens))
    for first, last in spans:
        if first >= 0:
            inside[first : last + 1] = b"\x01" * (last + 1 - first)
    lines: list[Line] = []
    at, count = 0, len(tokens)
    for number, block in enumerate(document.blocks):
        start = at
        while at < count and tokens.block[at] == number:
            at += 1
        if isinstance(block, Grid):
            lines += _grid_lines(tokens, start, at, inside, number)
        elif at == start or not inside[start] or not all(inside[start:at]):
            lines.append(_paragraph_line(block, number, tokens.paged))
    return lines


def _paragraph_line(block: Paragraph, number: int, paged: bool) -> Line:
    return Line(block.text, f"{'page' if paged else 'line'} {block.line}", number, block.links)


def _grid_lines(tokens: Tokens, start: int, stop: int, inside: bytearray, number: int) -> list[Line]:
    touched = any(inside[start:stop])
    lines: list[Line] = []
    row: list[str] = []
    at = -1
    for token in range(start, stop):
        raw = tokens.raws[token]
        if inside[token] or not raw:
            continue
        if touched:
            if tokens.kinds[token] in "pl":
                lines.append(Line(raw, tokens.place(token), number))
            continue
        if tokens.group[token] != at and row:
            lines.append(Line(" ".join(row), tokens.place(token - 1), number))
            row = []
        at = tokens.group[token]
        row.append(raw)
    if row:
        lines.append(Line(" ".join(row), tokens.place(stop - 1), number))
    return lines


def heading_of(text: str) -> Heading | None:
    """The section that a whole line is the heading of, or None."""
    if len(text) > LONGEST_LABEL or _BRACKETED.match(text):
        return None
    number = heading_labels().get(squeeze(text))
    if number is None:
        return None
    numeral = text.strip()[:1]
    return Heading(number, text.strip(), numeral if numeral in _NUMERALS or numeral.isdigit() else "")


def split_sections(lines: list[Line]) -> tuple[list[tuple[int, Line]], list[Heading]]:
    """Lines with the number of their section, 0 before the first heading, and the headings in order."""
    made: list[tuple[int, Line]] = []
    headings: list[Heading] = []
    current = 0
    every, _ = _chrome()
    for line in lines:
        if line.links > 0.5 and len(line.text) < 200:
            continue
        whole = heading_of(line.text)
        if whole and (whole.number >= current or whole.numeral):
            headings.append(whole)
            current = whole.number
            continue
        at = 0
        text = line.text
        for found in _inline().finditer(text) if len(text) > 6 else ():
            number = heading_labels()[squeeze(found[2])]
            if before := text[at : found.start()].strip():
                made.append((current, Line(before, line.place, line.block)))
            headings.append(Heading(number, found[0].strip(), found[1]))
            current, at = number, found.end()
        rest = text[at:].strip(" 　。") if at else text
        if rest and not every.search(rest[:40]):
            made.append((current, line if not at else Line(rest, line.place, line.block)))
    return made, headings


def assemble(numbered: list[tuple[int, Line]], headings: list[Heading]) -> tuple[Section, ...]:
    """Sections with their text, page furniture behind the last one cut off."""
    _, tail = _chrome()
    words: dict[int, str] = {}
    for heading in headings:
        words.setdefault(heading.number, heading.text)
    texts: dict[int, list[str]] = {number: [] for number in words}
    closed = False
    last = max(words, default=0)
    for number, line in numbered:
        if number == last and number and (closed or tail.search(line.text[:60])):
            closed = True
            continue
        texts.setdefault(number, []).append(line.text)
    return tuple(Section(n, words.get(n, ""), "\n".join(texts[n])) for n in sorted(texts))


def heading_findings(headings: list[Heading]) -> list[Finding]:
    """Sections that are missing, and headings with another numeral than their section has."""
    findings: list[Finding] = []
    names = section_names()
    met = {h.number for h in headings}
    for number, name in names.items():
        if number not in met:
            findings.append(
                Finding(
                    "missing_section", "warning", (), name, "no such heading",
                    f"Section {_NUMERALS[number - 1]}、{name} has no heading on the page.",
                )
            )  # fmt: skip
    arabic = sum(h.numeral.isdigit() for h in headings)
    for heading in headings:
        right = (str(heading.number), _NUMERALS[heading.number - 1])
        usual = right[0] if arabic * 2 > len(headings) else right[1]
        if heading.numeral and heading.numeral != usual:
            findings.append(
                Finding(
                    "misnumbered_heading", "info", (), usual, heading.numeral,
                    f"The heading “{heading.text}” is numbered {heading.numeral} where {usual} belongs.",
                )
            )  # fmt: skip
    return findings


SHORTEST = 10
"""Characters that section five, on problems and improvement (article 50), must have to say anything."""


def section_findings(sections: tuple[Section, ...]) -> list[Finding]:
    """A section five that says nothing."""
    text = next((s.text.strip() for s in sections if s.number == 5), None)
    if text is None or len(text) >= SHORTEST:
        return []
    message = f"Section five, on problems and improvement, has only {len(text)} characters: “{text}”."
    return [Finding("short_section", "info", (), "problems and improvement in words", text, message)]
