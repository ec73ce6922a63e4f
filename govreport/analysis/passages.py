"""Passages that two texts share, shown side by side.

The longest common runs of the normal form are taken first, then the longest of what is left, so that a passage stands
once on either side even where its order changed. A suffix automaton finds them in time linear in the texts, however
often they repeat themselves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.measures import Lang
from govreport.analysis.shingles import FIGURE, normal_spans, normal_text, text_similarity
from govreport.analysis.similar_notes import notices, say
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames

LEAST = 8
"""Characters of the shortest passage: shorter ones are stock phrases."""

_MOST = 20_000  # characters of a text in normal form that are compared: far more than any section met
_ROUNDS = 20
_Mask = npt.NDArray[np.bool_]
_Run = tuple[int, int, int]  # position in one text, in the other, length


class Passage(NamedTuple):
    """A passage in both texts; positions are characters of the texts as printed, the end is one past the last.

    ``characters`` counts its normal form. ``figures_differ`` says whether a number in it is another in the other text,
    ``statutory`` whether it stands inside a label or title of ``forms/boilerplate.csv``.
    """

    start: int
    end: int
    other_start: int
    other_end: int
    characters: int
    figures_differ: bool
    statutory: bool


class Side(NamedTuple):
    """One of the two texts. ``shared`` of its ``characters`` (in normal form) stand in shared passages."""

    report_id: str
    agency: str | None
    year: int | None
    source: str
    heading: str
    text: str
    characters: int
    shared: int

    @property
    def share(self) -> float:
        """Part of the text that is shared; 0 for a text without letters and digits."""
        return self.shared / self.characters if self.characters else 0.0

    def name(self, lang: Lang = "zh") -> str:
        """Agency and year."""
        agency = self.agency or say("unknown_agency", lang)
        return f"{agency} {self.year if self.year is not None else say('unknown_year', lang)}"


@dataclass(frozen=True)
class SharedPassages:
    """What two texts have in common. Made by ``shared_passages``; shows itself side by side in Jupyter.

    Attributes:
        section: number of the section.
        left: the text of the first report.
        right: that of the other.
        similarity: exact Jaccard similarity as ``find_similar`` gives it without folded names, NaN for two texts of
            fewer than five characters.
        passages: in the order of the first text.
        least: characters of the shortest passage looked for.
    """

    section: int
    left: Side
    right: Side
    similarity: float
    passages: tuple[Passage, ...]
    least: int

    def table(self) -> pd.DataFrame:
        """One row a passage, in the order of the first text, with both reports' wording.

        Columns: report_id, other_id (string), section (Int8), passage, characters (Int32), text, other_text (string),
        figures_differ, statutory (boolean). ``attrs["notice"]`` (and ``notice_zh``) says why it is empty.
        """
        rows = [
            (self.left.report_id, self.right.report_id, self.section, number, p.characters,
             self.left.text[p.start : p.end], self.right.text[p.other_start : p.other_end],
             p.figures_differ, p.statutory)
            for number, p in enumerate(self.passages, start=1)
        ]  # fmt: skip
        made = pd.DataFrame(rows, columns=list(_TABLE)).astype(_TABLE)
        made.attrs |= notices("" if rows else "no_passages", least=self.least)
        return made

    def facts(self, lang: Lang = "zh") -> tuple[str, ...]:
        """Sentences on what is shared, how alike the texts are, and what it does not prove."""
        shares = say(
            "shares", lang, share=f"{self.left.share:.0%}", characters=self.left.characters, shared=self.left.shared,
            other_share=f"{self.right.share:.0%}",
        )  # fmt: skip
        alike = () if np.isnan(self.similarity) else (say("similarity", lang, similarity=f"{self.similarity:.3f}"),)
        none = () if self.passages else (say("no_passages", lang, least=self.least),)
        return (shares, *alike, *none, say("caution", lang))

    def to_text(self, width: int | None = None, lang: Lang = "zh") -> str:
        """Both texts beside each other for a terminal, shared passages in ⟦1 … ⟧; below 60 columns one after the other.

        Args:
            width: columns, that of the terminal without it.
            lang: language of what is said about the texts.

        Raises:
            UsageError: fewer than 20 columns.
        """
        from govreport.analysis.passages_show import as_text

        return as_text(self, width, lang)

    def to_markdown(self, lang: Lang = "zh") -> str:
        """Facts and a table of the passages in Markdown; signs of Markdown in the texts are escaped."""
        from govreport.analysis.passages_show import as_markdown

        return as_markdown(self, lang)

    def to_html(self, lang: Lang = "zh") -> str:
        """Both texts beside each other, below each other on a narrow screen; all page text escaped, no scripts."""
        from govreport.analysis.passages_show import as_html

        return as_html(self, lang)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return (
            f"<SharedPassages: {len(self.passages)} in section {self.section} of {self.left.name()} and "
            f"{self.right.name()}, {self.left.share:.0%} of the first and {self.right.share:.0%} of the other>"
        )


_TABLE = {
    "report_id": "string", "other_id": "string", "section": "Int8", "passage": "Int32", "characters": "Int32",
    "text": "string", "other_text": "string", "figures_differ": "boolean", "statutory": "boolean",
}  # fmt: skip


def shared_passages(
    frames: Frames, report_id: str, other_id: str, section: int, *, least: int = LEAST
) -> SharedPassages:
    """The passages that a section of two reports shares.

    Signs, blanks and the case of letters do not matter, and all figures count as the same (see ``figures_differ``).
    Of a longer text, the first 20,000 characters of its normal form are compared.

    Args:
        frames: the reports.
        report_id: key of a report.
        other_id: key of the other.
        section: number of the section, 0 to 6.
        least: characters of the shortest passage, 2 or more.

    Raises:
        UsageError: no such report or section, a report has no text there, the same report twice, or ``least`` below 2.
    """
    if least < 2:
        raise UsageError(f"a passage has at least 2 characters; found least={least}")
    if report_id == other_id:
        raise UsageError(f"two reports are compared; found {report_id!r} twice")
    texts = [_section(frames, key, section) for key in (report_id, other_id)]
    normal, spans = [], []
    for _, text in texts:
        signs, starts, ends = normal_spans(text)
        normal.append(signs[:_MOST])
        spans.append((starts, ends))
    runs = common_runs(normal[0], normal[1], least)
    passages = tuple(_passage(run, texts[0][1], texts[1][1], spans, normal[0]) for run in runs)
    shared = sum(length for _, _, length in runs)
    left, right = (
        _side(frames, key, heading, text, len(signs), shared)
        for key, (heading, text), signs in zip((report_id, other_id), texts, normal, strict=True)
    )
    return SharedPassages(section, left, right, text_similarity(texts[0][1], texts[1][1]), passages, least)


def _section(frames: Frames, key: str, section: int) -> tuple[str, str]:
    if section not in range(7):
        raise UsageError(f"a section has a number from 0 to 6; found {section!r}")
    if not frames.reports["report_id"].eq(key).any():
        known = ", ".join(frames.reports["report_id"].head(3))
        raise UsageError(f"no report has the key {key!r}; there are {known} ...")
    rows = frames.sections[frames.sections["report_id"].eq(key) & frames.sections["number"].eq(section)]
    text = "\n".join(rows["text"].dropna())
    if not text.strip():
        raise UsageError(f"the report {key} has no text in section {section}: nothing to compare")
    return str(rows["heading"].fillna("").iloc[0]), text


def _side(frames: Frames, key: str, heading: str, text: str, characters: int, shared: int) -> Side:
    row = frames.reports[frames.reports["report_id"].eq(key)].iloc[0]
    agency, year, source = (None if pd.isna(row[c]) else row[c] for c in ("agency", "year", "source"))
    return Side(key, agency, None if year is None else int(year), str(source or ""), heading, text, characters, shared)


def _passage(run: _Run, text: str, other: str, spans: list[tuple[list[int], list[int]]], normal: str) -> Passage:
    at, other_at, length = run
    (starts, ends), (other_starts, other_ends) = spans
    first, last = starts[at], ends[at + length - 1]
    other_first, other_last = other_starts[other_at], other_ends[other_at + length - 1]
    differ = bool(changed_figures(text[first:last], other[other_first:other_last]))
    return Passage(first, last, other_first, other_last, length, differ, normal[at : at + length] in _statutory())


def changed_figures(text: str, other: str) -> list[tuple[int, int]]:
    """First and one-past-last positions of the figures of a passage that are others in the other wording of it."""
    figures, theirs = _figures(text), _figures(other)
    return [
        (start, end)
        for (start, end), (its_start, its_end) in zip(figures, theirs, strict=False)
        if _number(text[start:end]) != _number(other[its_start:its_end])
    ]


def _figures(text: str) -> list[tuple[int, int]]:
    return [(start, end) for sign, start, end in zip(*normal_spans(text), strict=True) if sign == FIGURE]


def _number(figure: str) -> str:
    """Digits without what stands between them, circled and wide ones as plain ones."""
    return "".join(c for c in unicodedata.normalize("NFKC", figure) if c.isalnum())


@cache
def _statutory() -> str:
    return "\n".join(normal_text(row["text"]) for row in read_csv("boilerplate") if row["kind"] == "phrase")


def common_runs(text: str, other: str, least: int) -> list[_Run]:
    """Runs of at least so many signs that stand in both texts, longest first, none overlapping another on a side.

    >>> common_runs("甲乙丙丁戊", "戊丙丁戊甲乙", 2)
    [(0, 4, 2), (2, 1, 3)]

    Returns:
        Position in the text, position in the other and length, in the order of the first text.
    """
    free, other_free = np.ones(len(text), dtype=bool), np.ones(len(other), dtype=bool)
    found: list[_Run] = []
    for _ in range(_ROUNDS):
        longest = sorted(_matches(_masked(text, free, 0), _masked(other, other_free, 1)), key=lambda r: (-r[2], r))
        taken = [run for match in longest for run in _take(match, free, other_free, least)]
        if not taken:
            break
        found += taken
    return sorted(found)


def _masked(text: str, free: _Mask, side: int) -> list[int]:
    """Numbers of the signs; what is taken already differs from everything on the other side."""
    return [ord(sign) if is_free else -1 - side for sign, is_free in zip(text, free.tolist(), strict=True)]


def _take(match: _Run, free: _Mask, other_free: _Mask, least: int) -> Iterator[_Run]:
    """The parts of a match that are still free on both sides and long enough; they are marked as taken."""
    at, other_at, length = match
    if length < least:
        return
    both = free[at : at + length] & other_free[other_at : other_at + length]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], both.view(np.int8), [0]])))
    for first, last in pairwise(edges.tolist()):
        if both[first] and last - first >= least:
            free[at + first : at + last] = False
            other_free[other_at + first : other_at + last] = False
            yield at + first, other_at + first, last - first


def _matches(text: list[int], other: list[int]) -> Iterator[_Run]:
    """For each place of the text where a common run ends and cannot go on: the longest run that ends there."""
    automaton = _Automaton(other)
    state = length = 0
    for at, sign in enumerate(text):
        grown = automaton.next[state].get(sign)
        if grown is None and length:
            yield at - length, automaton.end[state] - length, length
        while grown is None and state:
            state = automaton.link[state]
            length = automaton.length[state]
            grown = automaton.next[state].get(sign)
        if grown is not None:
            state, length = grown, length + 1
    if length:
        yield len(text) - length, automaton.end[state] - length, length


class _Automaton:
    """The suffix automaton of a text: every run of it is a path from state 0.

    Blumer, Blumer, Haussler, Ehrenfeucht, Chen, Seiferas: The smallest automaton recognizing the subwords of a text,
    Theoretical Computer Science 40 (1985).
    """

    def __init__(self, text: list[int]) -> None:
        self.next: list[dict[int, int]] = [{}]
        self.link = [-1]
        self.length = [0]
        self.end = [0]  # one past the last sign of the first run of the state
        last = 0
        for at, sign in enumerate(text, start=1):
            last = self._add(last, sign, at)

    def _add(self, last: int, sign: int, at: int) -> int:
        new = self._state({}, self.length[last] + 1, 0, at)
        state = last
        while state >= 0 and sign not in self.next[state]:
            self.next[state][sign] = new
            state = self.link[state]
        if state >= 0:
            self.link[new] = self._branch(state, sign)
        return new

    def _branch(self, state: int, sign: int) -> int:
        """The state for what is reached by the sign from this state and nothing longer."""
        reached = self.next[state][sign]
        if self.length[reached] == self.length[state] + 1:
            return reached
        copy = self._state(dict(self.next[reached]), self.length[state] + 1, self.link[reached], self.end[reached])
        self.link[reached] = copy
        while state >= 0 and self.next[state].get(sign) == reached:
            self.next[state][sign] = copy
            state = self.link[state]
        return copy

    def _state(self, following: dict[int, int], length: int, link: int, end: int) -> int:
        self.next.append(following)
        self.length.append(length)
        self.link.append(link)
        self.end.append(end)
        return len(self.next) - 1


def marked(side: Side, passages: tuple[Passage, ...], *, other: bool) -> Iterator[tuple[str, int]]:
    """The text of a side in pieces, each with the number of its passage from 1, 0 for what is not shared."""
    places = sorted(
        ((p.other_start, p.other_end) if other else (p.start, p.end), number)
        for number, p in enumerate(passages, start=1)
    )  # fmt: skip
    at = 0
    for (start, end), number in places:
        if start > at:
            yield side.text[at:start], 0
        yield side.text[start:end], number
        at = end
    if at < len(side.text):
        yield side.text[at:], 0
