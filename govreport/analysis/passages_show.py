"""Shared passages as HTML, Markdown and text for a terminal. Everything that comes from a page is escaped."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

from govreport.analysis.measures import Lang
from govreport.analysis.passages import Passage, SharedPassages, changed_figures, marked
from govreport.analysis.similar_notes import say
from govreport.errors import UsageError
from govreport.model import escape

_HUES = 6
_LONGEST = 20_000  # characters of a text that are shown
_NARROW, _NARROWEST = 60, 20  # columns of a terminal
_GAP = " │ "
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$])")

# Translucent colours read in light and in dark themes; the columns stand below each other where the screen is narrow.
_STYLE = """<style>
.govreport-shared{font-size:14px;line-height:1.7;text-align:left;max-width:1080px}
.govreport-shared h4{margin:.3em 0;font-size:15px}
.govreport-shared p{margin:.2em 0}
.govreport-shared .gs-facts{opacity:.85;font-size:13px}
.govreport-shared .gs-sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20em),1fr));gap:1em}
.govreport-shared .gs-side{border:1px solid rgba(128,128,128,.5);border-radius:4px;padding:.5em .8em;min-width:0}
.govreport-shared .gs-name{font-weight:600}
.govreport-shared .gs-text{white-space:pre-wrap;overflow-wrap:anywhere}
.govreport-shared mark{color:inherit;border-radius:2px;padding:0 1px}
.govreport-shared .gs-0{background:rgba(240,160,0,.33)}
.govreport-shared .gs-1{background:rgba(50,130,240,.28)}
.govreport-shared .gs-2{background:rgba(60,180,75,.30)}
.govreport-shared .gs-3{background:rgba(226,60,60,.28)}
.govreport-shared .gs-4{background:rgba(150,90,220,.28)}
.govreport-shared .gs-5{background:rgba(0,170,170,.30)}
.govreport-shared .gs-statutory{background:rgba(128,128,128,.25)}
.govreport-shared u{text-decoration:underline dotted 2px}
.govreport-shared sup{font-size:10px;font-weight:600;padding-right:2px}
</style>"""


def as_html(shared: SharedPassages, lang: Lang) -> str:
    """Both texts beside each other, passages coloured and numbered, figures that differ underlined."""
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in shared.facts(lang))
    sides = "".join(_side_html(shared, other, lang) for other in (False, True))
    title = escape(say("title", lang, section=shared.section))
    return (
        f'{_STYLE}<div class="govreport-shared"><h4>{title}</h4><div class="gs-facts">{facts}</div>'
        f'<div class="gs-sides">{sides}</div></div>'
    )


def _side_html(shared: SharedPassages, other: bool, lang: Lang) -> str:
    side = shared.right if other else shared.left
    pieces = (
        _mark(shared, number, text, other, lang) if number else escape(text) for text, number in _shown(shared, other)
    )
    more = len(side.text) - _LONGEST
    cut = f"<p>{escape(say('cut', lang, n=more))}</p>" if more > 0 else ""
    return (
        f'<div class="gs-side"><p class="gs-name">{escape(side.name(lang))} · {side.share:.0%}</p>'
        f'<p class="gs-facts">{escape(side.heading)} · {escape(side.source)}</p>'
        f'<div class="gs-text">{"".join(pieces)}</div>{cut}</div>'
    )


def _shown(shared: SharedPassages, other: bool) -> Iterator[tuple[str, int]]:
    """Pieces of a text up to the longest that is shown."""
    room = _LONGEST
    for text, number in marked(shared.right if other else shared.left, shared.passages, other=other):
        if room <= 0:
            return
        yield text[:room], number
        room -= len(text)


def _mark(shared: SharedPassages, number: int, text: str, other: bool, lang: Lang) -> str:
    passage = shared.passages[number - 1]
    colour = "statutory" if passage.statutory else (number - 1) % _HUES
    notes = [say(note, lang) for note, holds in (
        ("statutory", passage.statutory), ("figures_differ", passage.figures_differ)) if holds]  # fmt: skip
    title = f' title="{escape(", ".join(notes))}"' if notes else ""
    return f'<mark class="gs-{colour}"{title}><sup>{number}</sup>{_underlined(shared, passage, text, other)}</mark>'


def _underlined(shared: SharedPassages, passage: Passage, text: str, other: bool) -> str:
    pieces, at = [], 0
    for start, end in changed_figures(text, _wording(shared, passage, not other)):
        pieces += [escape(text[at:start]), f"<u>{escape(text[start:end])}</u>"]
        at = end
    return "".join([*pieces, escape(text[at:])])


def _wording(shared: SharedPassages, passage: Passage, other: bool) -> str:
    if other:
        return shared.right.text[passage.other_start : passage.other_end]
    return shared.left.text[passage.start : passage.end]


def as_markdown(shared: SharedPassages, lang: Lang) -> str:
    """Title, facts, and a table with a row a passage."""
    lines = [f"### {say('title', lang, section=shared.section)}", ""]
    for name, side in (("text", shared.left), ("other_text", shared.right)):
        lines.append(f"- {say(name, lang)}: {_plain(side.name(lang))} ({_plain(side.source)})")
    lines += ["", *(f"{fact}  " for fact in shared.facts(lang)), ""]
    if shared.passages:
        heads = [say(head, lang) for head in ("passage", "characters")]
        heads += [_plain(side.name(lang)) for side in (shared.left, shared.right)]
        lines += [_row(heads), _row(["---:", "---:", "---", "---"])]
    for number, passage in enumerate(shared.passages, start=1):
        wording = [_plain(_wording(shared, passage, other)) for other in (False, True)]
        notes = f" ({say('statutory', lang)})" if passage.statutory else ""
        lines.append(_row([f"{number}{notes}", str(passage.characters), *wording]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown and HTML take for nothing but text, on one line."""
    return _MARKDOWN.sub(r"\\\1", escape(" ".join(text[:_LONGEST].split())).replace("&#x27;", "'"))


def as_text(shared: SharedPassages, width: int | None, lang: Lang) -> str:
    """Facts, then both texts beside each other, or one after the other where there is no room.

    Raises:
        UsageError: fewer than 20 columns.
    """
    columns = shutil.get_terminal_size((100, 24)).columns if width is None else width
    if columns < _NARROWEST:
        raise UsageError(f"shared passages need a width of {_NARROWEST} columns or more; found {columns}")
    lines = [say("title", lang, section=shared.section), *_wrapped("\n".join(shared.facts(lang)), columns), ""]
    narrow = columns < _NARROW
    room = columns if narrow else (columns - columns_of(_GAP)) // 2
    left, right = (_lines(shared, other, room, lang) for other in (False, True))
    if narrow:
        return "\n".join([*lines, *left, "", *right]) + "\n"
    both = zip_longest(left, right, fillvalue="")
    return "\n".join([*lines, *(f"{a}{' ' * (room - columns_of(a))}{_GAP}{b}".rstrip() for a, b in both)]) + "\n"


def _lines(shared: SharedPassages, other: bool, room: int, lang: Lang) -> list[str]:
    side = shared.right if other else shared.left
    pieces = (f"⟦{number} {text}⟧" if number else text for text, number in _shown(shared, other))
    text = "".join(pieces)
    more = len(side.text) - _LONGEST
    cut = [say("cut", lang, n=more)] if more > 0 else []
    return _wrapped("\n".join([f"{side.name(lang)} · {side.share:.0%}", side.heading, "", text, *cut]), room)


def _wrapped(text: str, room: int) -> list[str]:
    """Lines of at most so many columns; a Chinese character takes two. Signs that steer a terminal are left out."""
    made = []
    for line in text.splitlines():
        used, current = 0, ""
        for sign in line.replace("\t", " "):
            if unicodedata.category(sign)[0] == "C":
                continue
            wide = columns_of(sign)
            if used + wide > room:
                made.append(current)
                used, current = 0, ""
            used, current = used + wide, current + sign
        made.append(current)
    return made


def columns_of(text: str) -> int:
    """Columns of a terminal that a text takes.

    >>> columns_of("a市"), columns_of("…")
    (3, 1)
    """
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
