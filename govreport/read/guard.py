"""Markup that would make any HTML parser slow or huge, mended or refused before it is parsed.

The HTML standard makes a parser's work grow with the square of three things: the depth of nesting (each block looks up
the open elements), formatting tags left open (each later block repeats them all), and attributes of one tag. Browsers
cap the depth at 512. Real pages come nowhere near these limits, so the common case costs two counts.
"""

from __future__ import annotations

import re

from govreport.errors import ReadError

MAX_TAGS = 1_000_000
"""Opening tags that are read at most: a parser needs some 450 bytes for each."""

MAX_DEPTH = 512
"""Nesting that is kept when a page is nested without end; Blink and WebKit cut at the same depth."""

MAX_ATTRIBUTES = 300
"""Attributes that one tag may have."""

_SMALL_TAGS = 2_000  # up to here the worst case is a second and half a gigabyte
_SMALL_TEXT = 100_000
_DEEP_TAGS = 20_000  # up to here depth alone costs under a second
_STEPS = 400_000_000  # tags times depth: steps of a parser, some two seconds
_LONG_TAG = 5_000
_REPEATED = 300_000  # formatting elements that a parser may have to repeat

_FORMATTING = "a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_FORMATTING_TAG = re.compile(rf"<(/?)(?:{_FORMATTING})(?=[\s/>])[^<>]*>?", re.IGNORECASE)

# Quotes count only after an equals sign, as in the standard's tokenizer; possessive parts keep it linear.
_ATTRIBUTES = r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|))*+"
_OPEN_TAG = re.compile(rf"<[a-zA-Z]{_ATTRIBUTES}")
_TOKEN = re.compile(
    rf"<!--(?s:.*?-->|.*)|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>]){_ATTRIBUTES}>?"
    rf"(?s:.*?</(?P=raw)(?=[\s/>])[^>]*>?|.*)|<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})>?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_ATTRIBUTE = re.compile(r"[^\s/=]+")

# Elements as the parser's tree builder groups them (HTML standard, 13.2.4.2 and 13.2.6).
_CELLS = frozenset(("td", "th", "tr", "tbody", "thead", "tfoot", "caption"))
_FLAT = _CELLS | frozenset((
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
    "meta", "param", "source", "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "html", "head", "body",
    "colgroup", "rp", "rt",
))  # fmt: skip
_SCOPES = frozenset(("table", "template", "object", "marquee", "applet"))
_SPECIAL = _SCOPES | frozenset((
    "address", "article", "aside", "blockquote", "button", "center", "details", "dir", "div", "dl", "fieldset",
    "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "main", "menu",
    "nav", "ol", "pre", "listing", "section", "select", "summary", "ul", "search",
))  # fmt: skip


def tame(text: str) -> tuple[str, list[str]]:
    """The markup, mended where it must be, and a sentence for each kind of mend.

    Raises:
        ReadError: the page has more tags than ``MAX_TAGS``.

    >>> tame("<p>规章</p>")
    ('<p>规章</p>', [])
    """
    size = text.count("<")
    if len(text) <= _SMALL_TEXT and (size <= _SMALL_TAGS or size - text.count("</") <= _SMALL_TAGS):
        return text, []
    opened = size - text.count("</")
    if opened > MAX_TAGS:
        raise _too_many(opened, MAX_TAGS)
    notes: list[str] = []
    if _repeats(text, opened) > _REPEATED:
        text = _FORMATTING_TAG.sub("", text)
        notes.append("formatting tags and links were left out, for too many of them are never closed")
    if len(text) > _SMALL_TEXT and len(max(_OPEN_TAG.findall(text), key=len, default="")) > _LONG_TAG:
        text = _strip_attributes(text, notes)
    if opened > _DEEP_TAGS:
        text = _flatten(text, max(MAX_DEPTH, _STEPS // opened), notes)
    return text, notes


def _too_many(found: int, limit: int) -> ReadError:
    return ReadError(
        f"expected a report page, found a page of {found:,} tags and attributes (at most {limit:,} are read); "
        "check that this is one report, and cut the page if it is"
    )


def _repeats(text: str, tags: int) -> int:
    """How many formatting elements a parser may have to repeat at worst: those open, summed over all later tags."""
    worst = opened = last = 0
    for tag in _FORMATTING_TAG.finditer(text):
        if opened:
            worst += opened * text.count("<", last, tag.start())
        last = tag.start()
        opened = max(0, opened - 1) if tag[1] else opened + 1
    return worst + min(opened, tags) * text.count("<", last)


def _strip_attributes(text: str, notes: list[str]) -> str:
    """Tags with a flood of attributes lose them."""
    stripped = units = 0

    def bare(match: re.Match[str]) -> str:
        nonlocal stripped, units
        attributes = match["attributes"]
        if not attributes or match["end"]:
            return match.group()
        names = len(_ATTRIBUTE.findall(_QUOTED.sub(" ", attributes)))
        units += names
        if units > 3 * MAX_TAGS:
            raise _too_many(units, 3 * MAX_TAGS)
        if names <= MAX_ATTRIBUTES:
            return match.group()
        stripped += 1
        return f"<{match['name']}>"

    text = _TOKEN.sub(bare, text)
    if stripped:
        notes.append(f"{stripped:,} tags lost their attributes, for they had more than {MAX_ATTRIBUTES}")
    return text


def _flatten(text: str, limit: int, notes: list[str]) -> str:
    """Tags beyond ``MAX_DEPTH`` become line breaks, and inline tags go, if nesting passes ``limit``."""
    nesting = _Nesting()
    for token in _TOKEN.finditer(text):
        if token["name"] and nesting.step(token) > limit:
            break
    else:
        return text
    nesting, flattened = _Nesting(), 0

    def shallow(match: re.Match[str]) -> str:
        nonlocal flattened
        if not match["name"]:
            return match.group()
        if match["name"].lower() not in _SPECIAL | _FLAT:
            return ""
        if nesting.step(match) <= MAX_DEPTH:
            return match.group()
        flattened += not match["end"]
        return "<br>"

    text = _TOKEN.sub(shallow, text)
    notes.append(
        f"inline tags were left out, and {flattened:,} tags nested deeper than {MAX_DEPTH} read as line breaks"
    )
    return text


class _Nesting:
    """The depth that a parser will reach, from the tags alone; never less, save for elements that do not nest."""

    def __init__(self) -> None:
        self.depth = 0
        self.levels: list[tuple[str, dict[str, int]]] = [("", {})]  # special elements, with inline tags open in each
        self.scopes: list[tuple[str, dict[str, int]]] = [("", {})]  # tables and the like: no end tag reaches across

    def step(self, tag: re.Match[str]) -> int:
        """Follow one tag; give the depth of the element that it opens or closes."""
        name = tag["name"].lower()
        if name in _FLAT:
            if name in _CELLS and self.scopes[-1][0] == "table":
                self._pop_to("table")
            return self.depth
        if not tag["end"]:
            return self._open(name)
        before = self.depth
        self._close(name)
        return min(before, self.depth + 1)

    def _open(self, name: str) -> int:
        self.depth += 1
        if name not in _SPECIAL:
            inline = self.levels[-1][1]
            inline[name] = inline.get(name, 0) + 1
            return self.depth
        counts = self.scopes[-1][1]
        counts[name] = counts.get(name, 0) + 1
        self.levels.append((name, {}))
        if name in _SCOPES:
            self.scopes.append((name, {}))
        return self.depth

    def _close(self, name: str) -> None:
        if name not in _SPECIAL:
            inline = self.levels[-1][1]
            if inline.get(name):
                inline[name] -= 1
                self.depth -= 1
        elif name in _SCOPES:
            self._close_scope(name)
        elif self.scopes[-1][1].get(name):
            self._pop_to(name)
            self._pop()

    def _close_scope(self, name: str) -> None:
        if name != self.scopes[-1][0]:
            return
        self._pop_to(name)
        self.scopes.pop()
        self._pop()

    def _pop_to(self, name: str) -> None:
        """Close what stands open inside the innermost element of this name."""
        while self.levels[-1][0] != name and len(self.levels) > 1:
            self._pop()
        self._drop_inline()

    def _pop(self) -> None:
        self._drop_inline()
        name, _ = self.levels.pop()
        self.depth -= 1
        counts = self.scopes[-1][1]
        if counts.get(name):
            counts[name] -= 1

    def _drop_inline(self) -> None:
        inline = self.levels[-1][1]
        self.depth -= sum(inline.values())
        inline.clear()
