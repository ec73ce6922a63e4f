"""The exercises as data, and what the right answers are: sums over the bundled reports, or digests."""

from __future__ import annotations

import ast
import csv
import hashlib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from govreport.bundled import sample
from govreport.course.invented import SMALL, agencies_of_one_rate
from govreport.errors import FormError, UsageError

Kind = Literal["count", "share", "number", "choice", "choices", "cell"]
KINDS: tuple[Kind, ...] = ("count", "share", "number", "choice", "choices", "cell")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: what kind of answer it wants, the right one, what is said then, and hints.

    Attributes:
        exercise: its number, "1.2": lesson and place in it.
        kind: count, share, number; choice (one letter), choices (several); cell (a full name).
        options: letters that may be chosen.
        answer: an expression over the bundled data; digests for choices and cells.
        right: what is said to a right answer, English and Chinese.
        hint: what is said to a wrong answer that no line of ``mistakes`` knows.
        mistakes: expression or digest of a usual wrong answer, and what is said to it.
    """

    exercise: str
    kind: Kind
    options: tuple[str, ...]
    answer: str
    right: tuple[str, str]
    hint: tuple[str, str]
    mistakes: tuple[tuple[str, tuple[str, str]], ...]


def find_exercise(exercise: str) -> Exercise:
    """The exercise with this number.

    Raises:
        UsageError: there is none.
        FormError: the files of the course contradict themselves.
    """
    known = exercises()
    if exercise not in known:
        raise UsageError(f"exercise is one of {', '.join(known)}; found {exercise!r}")
    return known[exercise]


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by number, in order.

    Raises:
        FormError: the files contradict themselves.
    """
    hints: dict[str, list[tuple[str, tuple[str, str]]]] = {}
    for row in _rows("mistakes"):
        hints.setdefault(row["exercise"], []).append((row["answer"], (row["hint_en"], row["hint_zh"])))
    made = {}
    for row in _rows("exercises"):
        if row["kind"] not in KINDS or row["exercise"] in made:
            raise FormError(f"course/exercises.csv: {row['exercise']} is there twice, or {row['kind']} is no kind")
        made[row["exercise"]] = Exercise(
            row["exercise"], row["kind"], tuple(row["options"].split()), row["answer"],
            (row["right_en"], row["right_zh"]), (row["hint_en"], row["hint_zh"]), tuple(hints.get(row["exercise"], ())),
        )  # fmt: skip
    if strangers := hints.keys() - made.keys():
        raise FormError(f"course/mistakes.csv names exercises that do not exist: {', '.join(sorted(strangers))}")
    return made


def _rows(name: str) -> list[Any]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def digest(exercise: str, answer: str) -> str:
    """What stands for an answer in the files of the course, so that reading them does not give it away.

    >>> digest("9.9", "a") == digest("9.8", "a")
    False
    """
    return hashlib.sha256(f"govreport course {exercise} {answer}".encode()).hexdigest()[:12]


@cache
def value(expression: str) -> float:
    """The number that an expression of ``exercises.csv`` stands for.

    It may hold numbers, + - * / and brackets, cells of bundled reports (``suqian_2024.applications.received.total``)
    and the functions of this module. A blank cell has no number.

    >>> value("suqian_2024.applications.received.total - 3000")
    525.0

    Raises:
        FormError: anything else stands in it.
    """
    try:
        return _number(ast.parse(expression, mode="eval").body)
    except (SyntaxError, KeyError, TypeError) as error:
        raise FormError(f"course: {expression!r} cannot be worked out: {error}") from error


_SIGNS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _number(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as found):
            return float(found)
        case ast.BinOp(left=left, op=op, right=right):
            return _SIGNS[type(op)](_number(left), _number(right))
        case ast.Call(func=ast.Name(id=name), args=args):
            return float(_FUNCTIONS[name](*(ast.literal_eval(arg) for arg in args)))
        case ast.Attribute():
            report, _, cell = ast.unparse(node).partition(".")
            return float(_cells()[report][cell])
    raise TypeError(f"{ast.unparse(node)} is not understood")


@cache
def _cells() -> dict[str, dict[str, float]]:
    """Cells with a number of the bundled reports, by file name ("suqian-2024.html" is suqian_2024)."""
    frames = sample()
    names = {key: Path(source).stem.replace("-", "_") for key, source in
             frames.reports[["report_id", "source"]].itertuples(index=False)}  # fmt: skip
    made: dict[str, dict[str, float]] = {name: {} for name in names.values()}
    given = frames.long().dropna(subset=["value"])
    for key, cell, number in given[["report_id", "cell", "value"]].itertuples(index=False):
        made[names[key]][cell] = float(number)
    return made


def _spread(measure: str, kind: str, column: str) -> float:
    """A column of ``Headlines.spread`` by kind of agency."""
    return float(sample("headlines").spread(measure, by="agency_kind")[column].to_dict()[kind])


def _small(lowest: int, highest: int) -> int:
    """How many of the lowest and highest shares of invented agencies belong to small ones."""
    sizes = agencies_of_one_rate().sort_values("share")["n"]
    return int((sizes.head(lowest) < SMALL).sum() + (sizes.tail(highest) < SMALL).sum())


def _outside(heavy: bool) -> int:
    """How many invented agencies lie outside their limits."""
    return int(agencies_of_one_rate(heavy=heavy)["outside"].sum())


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "spread": _spread,
    "small": _small,
    "outside": _outside,
}
