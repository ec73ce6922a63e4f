"""What a card says: fixed words, what a figure does not prove, and questions, in Chinese and English.

The texts stand in ``forms/evidence_words.csv`` and ``forms/evidence.csv``. A line of the latter holds for the measures,
topics, kinds or cases that its column ``scope`` names, with the articles of the regulations behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from govreport.analysis import Measure
from govreport.analysis.measures import Lang
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.forms.words import Both, line_of, lines_of, text_of

CASES = (
    "unknown", "proved", "inexact", "doubts", "small", "widened", "no_peers", "break", "zero", "synthetic", "compared",
    "jump",
)  # fmt: skip
"""What may be the case on a card; ``if:`` in the column ``scope``."""

_LAST = 9
_LANGS: tuple[Lang, Lang] = ("zh", "en")


class Point(NamedTuple):
    """A thing that a figure does not prove, or a question, with the articles behind it."""

    text: Both
    articles: tuple[str, ...]

    @property
    def cited(self) -> Both:
        """The text with its articles in brackets."""
        if not self.articles:
            return self.text
        joint = say("joint")
        told = Both(*(say("article", articles=joint.get(lang).join(self.articles)).get(lang) for lang in ("zh", "en")))
        return Both(f"{self.text.zh}（{told.zh}）", f"{self.text.en} ({told.en})")


def same(text: object) -> Both:
    """What is the same in both languages: a number, a name."""
    return Both(str(text), str(text))


def say(word: str, **values: object) -> Both:
    """A text of ``forms/evidence_words.csv`` with its placeholders filled in; a value may be in both languages.

    >>> say("form_edition", edition="2021")
    Both(zh='2021年版', en='edition 2021')

    Raises:
        UsageError: no text has this name.
    """
    return Both(*(text_of("evidence_words", "word", word, lang, **_in(lang, values)) for lang in _LANGS))


def _in(lang: Lang, values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.get(lang) if isinstance(value, Both) else value for name, value in values.items()}


def note(name: str) -> Both:
    """A text of ``forms/notes.csv``, as ``status.blank`` or ``unit.requests``.

    Raises:
        UsageError: no note has this name.
    """
    found = line_of("notes", "note", name)
    return Both(found["zh"], found["en"])


def rule_meaning(rule: str) -> Both:
    """What a rule of ``forms/rules.csv`` says; a rule that it does not have stands for itself. Raises nothing."""
    found = lines_of("rules", "rule").get(rule)
    return same(rule) if found is None else Both(found["meaning_zh"], found["meaning_en"])


def points(use: str, measure: Measure, cases: Collection[str]) -> tuple[Point, ...]:
    """What a figure does not prove (``use="caveat"``) or what to ask (``use="question"``), the most special first.

    Args:
        use: caveat or question.
        measure: the measure.
        cases: what is the case, among ``CASES``.

    Raises:
        UsageError: another use or case.
    """
    if use not in ("caveat", "question") or set(cases) - set(CASES):
        raise UsageError(f"points knows caveat and question, and the cases {', '.join(CASES)}; found {use}, {cases}")
    order = {f"if:{case}": 0 for case in cases} | {measure.id: 1}
    order |= {f"topic:{measure.topic}": 2, f"kind:{measure.kind}": 2, f"unit:{measure.unit}": 2, "all": 3}
    ranked = [(_rank(row["scope"].split(), order), row) for row in read_csv("evidence") if row["use"] == use]
    chosen = sorted((pair for pair in ranked if pair[0] < _LAST), key=lambda pair: pair[0])
    return tuple(Point(Both(row["zh"], row["en"]), tuple(row["article"].split())) for _, row in chosen)


def _rank(scope: Sequence[str], order: dict[str, int]) -> int:
    return min((order.get(token, _LAST) for token in scope), default=_LAST)
