"""Chinese names found by typing pinyin, in full or by initials, through the optional package pypinyin.

Every reading of a character counts, so that 重庆 is found by chongqing, 六安 by luan and by liuan.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_DOUBLE = ("zh", "ch", "sh")


def typed(text: str) -> str:
    """What a user typed, in one form: half width, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def is_latin(text: str) -> bool:
    """Whether a text may be pinyin: letters only, with signs that people put between syllables.

    >>> is_latin("su'qian"), is_latin("宿迁")
    (True, False)
    """
    plain = _letters(text)
    return bool(plain) and plain.isascii() and plain.isalpha()


def matched(text: str, name: str, *, anywhere: bool = False) -> int | None:
    """How many characters of a name are left over after the typed pinyin, or None when it does not fit.

    Each character may be typed in full or by its initial; the last one may be unfinished. Without pypinyin nothing
    fits.

    Args:
        text: letters, such as "suqian", "sq" or "suq".
        name: a Chinese name.
        anywhere: whether the typed text may begin inside the name.

    >>> matched("sq", "宿迁市"), matched("suqian", "宿迁市"), matched("sx", "宿迁市")
    (1, 1, None)
    """
    wanted = _letters(text)
    starts = range(len(name)) if anywhere else range(min(1, len(name)))
    for start in starts:
        if wanted[:1] in _firsts(name[start]):
            left = _left(wanted, name, start)
            if left is not None:
                return left
    return None


def _letters(text: str) -> str:
    return text.replace("ü", "v").replace("'", "").replace("’", "").replace("-", "").replace(" ", "")


def _left(wanted: str, name: str, at: int) -> int | None:
    if not wanted:
        return len(name) - at
    if at == len(name):
        return None
    for reading in _readings(name[at]):
        if reading.startswith(wanted):
            return len(name) - at - 1
        for typed_part in (reading, reading[:2] if reading[:2] in _DOUBLE else "", reading[:1]):
            if typed_part and wanted.startswith(typed_part):
                left = _left(wanted[len(typed_part) :], name, at + 1)
                if left is not None:
                    return left
    return None


@cache
def _readings(sign: str) -> tuple[str, ...]:
    """Readings of a character without tones; a letter or digit reads as itself; ü may be typed v or u."""
    if sign.isascii():
        return (sign.lower(),)
    try:
        import pypinyin
    except ImportError:
        return ()
    met = pypinyin.pinyin(sign, style=pypinyin.Style.NORMAL, heteronym=True, errors="ignore")
    readings = [reading for group in met for reading in group]
    return tuple(dict.fromkeys([*readings, *(r.replace("v", "u") for r in readings)]))


@cache
def _firsts(sign: str) -> frozenset[str]:
    return frozenset(reading[:1] for reading in _readings(sign))
