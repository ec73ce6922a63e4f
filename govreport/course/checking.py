"""Checks of answers: what is wrong with one, without saying what is right."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from govreport.course.exercises import Exercise, digest, find_exercise, value
from govreport.model import escape

State = Literal["right", "wrong", "open"]

_SHARE_TOLERANCE = 0.0006  # an answer rounded to three places, or to a tenth of a percent
_SMALL_TOLERANCE = 0.015  # of the share itself, where shares are so small that 0.0006 would hide a mistake
_COARSE = 0.006
_NUMBER_TOLERANCE = 0.006  # relative
_PERCENT_WORDS = ("%", "percent", "percentage points", "points", "个百分点")
_COLOURS = {"right": "#009e73", "wrong": "#d55e00", "open": "#767676"}
_HEADS = {
    "right": ("right", "正确"),
    "wrong": ("not yet", "还不对"),
    "open": ("not answered yet", "尚未作答"),
}
_MARKS = {"right": "✓", "wrong": "✗", "open": "…"}
_OPEN = ("put your answer in place of the three dots.", "把答案写在三个点的位置。")
_NO_NUMBER = ("a number is expected.", "这里应填一个数。")
_NOT_WHOLE = ("a count of requests is asked for: a whole number.", "这里问的是件数，应为整数。")
_NO_PERCENT = ("a count is asked for, not a share.", "这里问的是件数，不是比例。")
_PERCENT_SIGN = (
    "the digits are right, but with a percent sign they mean a hundredth of that.",
    "数字对，但加上百分号就小了一百倍。",
)
_ROUNDED = (
    "near, but rounded too much: give three decimals, or one decimal of a percent.",
    "很接近，但四舍五入过多：请保留三位小数，或百分数的一位小数。",
)
_AS_PERCENT = (
    "You gave percent; as a share that is divided by 100. Say which you mean whenever you write a rate.",
    "你填的是百分数；写成比例要除以100。写比率时请注明是哪一种。",
)
_SIGN = ("the size is right; look at the sign.", "大小对了，请看正负号。")
_STRANGER = ("there is no such option.", "没有这个选项。")
_CELL = (
    "a full cell name is expected, with two points in it, as in applications.granted.total.",
    "这里应填单元格的全名，中间有两个点，例如 applications.granted.total。",
)
_EXTRA = ("something among your letters does not belong there.", "你选的字母中有不该选的。")
_MISSING = ("what you chose belongs there, and something is missing.", "你选的都对，但还没有选全。")

Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a check says; shows itself in Jupyter, and is true when the answer is right.

    Attributes:
        exercise: number of the exercise.
        state: "right", "wrong" or "open" (not answered yet).
        message: in English.
        message_zh: the same in Chinese.
    """

    exercise: str
    state: State
    message: str
    message_zh: str

    def __bool__(self) -> bool:
        return self.state == "right"

    def __str__(self) -> str:
        return f"Exercise {self.exercise}, {_HEADS[self.state][0]}: {self.message}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        english, chinese = _HEADS[self.state]
        return (
            f'<div style="border-left:5px solid {_COLOURS[self.state]};padding:4px 10px;margin:4px 0;max-width:50em">'
            f"<b>{_MARKS[self.state]} {escape(self.exercise)} {english}.</b> {escape(_capital(self.message))}<br>"
            f"<small>{chinese}：{escape(self.message_zh)}</small></div>"
        )


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the exercises of a lesson; shows itself in Jupyter."""

    feedback: tuple[Feedback, ...]

    def __str__(self) -> str:
        return f"{self._count('right')} of {len(self.feedback)} right{self._rest()}."

    __repr__ = __str__

    def _count(self, state: State) -> int:
        return sum(f.state == state for f in self.feedback)

    def _rest(self) -> str:
        rest = [(state, [f.exercise for f in self.feedback if f.state == state]) for state in ("wrong", "open")]
        words = {"wrong": "to look at again", "open": "not answered yet"}
        return "".join(f"; {words[state]}: {', '.join(found)}" for state, found in rest if found)

    def _repr_html_(self) -> str:
        marks = " ".join(
            f'<span style="color:{_COLOURS[f.state]};margin-right:1em">{_MARKS[f.state]} {escape(f.exercise)}</span>'
            for f in self.feedback
        )
        chinese = f"答对 {self._count('right')} / {len(self.feedback)}"
        return f"<div><b>{escape(str(self))}</b> <small>{chinese}</small><br>{marks}</div>"


def check(exercise: str, answer: Any) -> Feedback:
    """Says whether an answer is right; if it is not, what is wrong with it, but not what is right.

    Numbers may be written as numbers or as text ("3,525", "25.5%"); a share may be given as 0.255 or 25.5. Three
    dots or None mean that nothing was answered.

    >>> check("1.1", "not a number").state
    'wrong'

    Args:
        exercise: its number, such as "1.2".
        answer: anything; an answer of the wrong kind is told, never raised.

    Raises:
        UsageError: there is no such exercise.
        FormError: the files of the course contradict themselves.
    """
    found = find_exercise(exercise)
    if _is_open(answer):
        return Feedback(exercise, "open", *_OPEN)
    judged = _judge(found, answer)
    return Feedback(exercise, "right" if judged.right else "wrong", *judged.words)


def score(answers: Mapping[str, Any]) -> Score:
    """What became of the exercises of a lesson: how many are right, which to look at again, which are still open.

    >>> print(score({"1.1": ..., "1.2": 0}))
    0 of 2 right; to look at again: 1.2; not answered yet: 1.1.

    Raises:
        UsageError: there is no such exercise.
        FormError: the files of the course contradict themselves.
    """
    return Score(tuple(check(exercise, answer) for exercise, answer in answers.items()))


class _Judged(NamedTuple):
    right: bool
    words: Words


def _is_open(answer: Any) -> bool:
    return answer is None or answer is ... or (isinstance(answer, str) and answer.strip() in ("", "...", "…"))


def _judge(exercise: Exercise, answer: Any) -> _Judged:
    match exercise.kind:
        case "choice" | "choices":
            return _choice(exercise, answer)
        case "cell":
            return _cell(exercise, answer)
        case "share":
            return _share(exercise, answer)
        case _:
            return _count(exercise, answer)


class _Read(NamedTuple):
    """A number as answered, and whether a percent sign stood behind it."""

    number: float
    percent: bool = False


def _read(answer: Any) -> _Read | None:
    """The number in an answer, if there is just one: of Python, of pandas, or written."""
    if isinstance(answer, bool):
        return None
    if isinstance(answer, str):
        text = unicodedata.normalize("NFKC", answer).strip().replace("−", "-").replace(",", "")
        found = re.fullmatch(rf"([+-]?\d*\.?\d+)\s*({'|'.join(_PERCENT_WORDS)}|件|条|requests)?", text)
        return _Read(float(found[1]), found[2] in _PERCENT_WORDS) if found else None
    try:
        number = float(answer)
    except (TypeError, ValueError):
        return None
    return _Read(number) if math.isfinite(number) else None


def _count(exercise: Exercise, answer: Any) -> _Judged:
    read = _read(answer)
    if read is None:
        return _Judged(False, _NO_NUMBER)
    if exercise.kind == "count" and read.percent:
        return _Judged(False, _NO_PERCENT)
    allowed = 0.0 if exercise.kind == "count" else _NUMBER_TOLERANCE
    if math.isclose(read.number, value(exercise.answer), rel_tol=allowed, abs_tol=1e-9):
        return _Judged(True, exercise.right)
    for expression, hint in exercise.mistakes:
        if math.isclose(read.number, value(expression), rel_tol=allowed, abs_tol=1e-9):
            return _Judged(False, hint)
    whole = exercise.kind != "count" or read.number.is_integer()
    return _Judged(False, exercise.hint if whole else _NOT_WHOLE)


def _share(exercise: Exercise, answer: Any) -> _Judged:
    """Right as a share or as percent; a usual mistake is recognised in both, or as the count it was left at."""
    read = _read(answer)
    if read is None:
        return _Judged(False, _NO_NUMBER)
    due = value(exercise.answer)
    allowed = min(_SHARE_TOLERANCE, abs(due) * _SMALL_TOLERANCE)
    percent = read.percent or abs(read.number) > 1
    share = read.number / 100 if percent else read.number
    if abs(share - due) <= allowed:
        return _Judged(True, _joined(exercise.right, _AS_PERCENT) if percent and not read.percent else exercise.right)
    for expression, hint in exercise.mistakes:
        wrong = value(expression)
        if abs(share - wrong) <= allowed or math.isclose(read.number, wrong, rel_tol=1e-9):
            return _Judged(False, hint)
    if read.percent and abs(read.number - due) <= allowed:
        return _Judged(False, _PERCENT_SIGN)
    if abs(share + due) <= allowed:
        return _Judged(False, _SIGN)
    return _Judged(False, _ROUNDED if abs(share - due) <= min(_COARSE, abs(due) / 4) else exercise.hint)


def _choice(exercise: Exercise, answer: Any) -> _Judged:
    letters = _letters(answer)
    if not letters or not letters <= set(exercise.options):
        known = ", ".join(exercise.options)
        return _Judged(False, _joined(_STRANGER, (f"There are {known}.", f"可选：{known}。")))
    if exercise.kind == "choice" and len(letters) > 1:
        return _Judged(False, ("one letter is asked for.", "这里只选一个字母。"))
    due = set(exercise.answer.split())
    chosen = {digest(exercise.exercise, letter) for letter in letters}
    if chosen == due:
        return _Judged(True, exercise.right)
    for known, hint in exercise.mistakes:
        if known in chosen:
            return _Judged(False, hint)
    if exercise.kind == "choices":
        return _Judged(False, _MISSING if chosen < due else _EXTRA)
    return _Judged(False, exercise.hint)


def _letters(answer: Any) -> set[str]:
    """Letters of an answer such as "a", "A, C", ["a", "c"] or {"a", "c"}."""
    parts = answer if isinstance(answer, Iterable) else (answer,)
    text = "".join(str(part) for part in parts)
    return set(re.sub(r"[\s,，、;；.]", "", unicodedata.normalize("NFKC", text).lower()))


def _cell(exercise: Exercise, answer: Any) -> _Judged:
    name = str(answer).strip().strip("'\"").lower()
    if name.count(".") != 2:
        return _Judged(False, _CELL)
    due, given = exercise.answer, digest(exercise.exercise, name)
    if given == due:
        return _Judged(True, exercise.right)
    return _Judged(False, next((hint for known, hint in exercise.mistakes if known == given), exercise.hint))


def _joined(first: Words, second: Words) -> Words:
    return f"{first[0]} {second[0]}", f"{first[1]}{second[1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
