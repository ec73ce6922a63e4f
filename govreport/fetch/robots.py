"""robots.txt by RFC 9309: groups by product token, the longest matching rule wins, ``*`` and ``$`` understood.

The parser of the standard library takes the first matching rule, reads ``*`` as a letter and loses the first
line behind a byte order mark, all of which let pages through that a site has closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

# RFC 9309, 2.5: a crawler reads at least 500 KiB.
MAX_ROBOTS_BYTES = 512_000
_MAX_RULES = 5_000
_MAX_STARS = 20
_TOKEN = re.compile(r"[A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to one user agent. No rules: everything is allowed.

    Attributes:
        lines: (allowed?, path pattern) in the order of the file.
        delay: seconds that Crawl-delay asks for, 0.0 if it does not.
    """

    lines: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0

    def allow(self, path: str) -> bool:
        r"""May this path (with its query) be fetched?

        >>> parse_robots("User-agent: *\nDisallow: /*.jsp$\nAllow: /open/", "govreport").allow("/a/list.jsp")
        False
        """
        path = _normal(path)
        best_length, best = -1, True
        for allowed, pattern in self.lines:
            length = len(pattern)
            # RFC 9309, 2.2.2: the longest pattern wins, Allow wins between equals.
            if (length > best_length or (length == best_length and allowed)) and _matches(pattern, path):
                best_length, best = length, allowed
        return best


def parse_robots(text: str, agent: str) -> Rules:
    """The rules of a robots.txt for a user agent; those for ``*`` if none names it.

    Lines that are no rules are passed over, so an error page in place of a robots.txt forbids nothing.
    """
    token = product_token(agent)
    found: dict[str, tuple[list[tuple[bool, str]], list[float]]] = {}
    names: list[str] = []
    open_group = False
    for key, value in _pairs(text):
        if key == "user-agent":
            names = [*names, value.lower()] if open_group else [value.lower()]
            open_group = True
            for name in names:
                found.setdefault(name, ([], []))
        elif key in ("allow", "disallow"):
            open_group = False
            for name in names:
                if value and len(found[name][0]) < _MAX_RULES:
                    found[name][0].append((key == "allow", _normal(value)))
        elif key == "crawl-delay":
            open_group = False
            for name in names:
                found[name][1].extend(_seconds(value))
    group = found.get(token, found.get("*", ([], [])))
    return Rules(tuple(group[0]), max(group[1], default=0.0))


def product_token(agent: str) -> str:
    """The word of a user agent that robots.txt groups name: letters, _ and - at its start, in lower case."""
    match = _TOKEN.match(agent)
    return match.group().lower() if match else agent.lower()


def _pairs(text: str) -> list[tuple[str, str]]:
    made = []
    for line in text.lstrip("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            made.append((key.strip().lower(), value.strip()))
    return made


def _seconds(value: str) -> list[float]:
    return [float(value)] if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value) else []


def _normal(path: str) -> str:
    """Percent-encoding made one: /年报 and /%e5%b9%b4%E6%8A%A5 are the same path."""
    return quote(unquote_to_bytes(path), safe="/?&=*$%:@!,;+'()[]~") or "/"


def _matches(pattern: str, path: str) -> bool:
    """Greedy match from left to right: no backtracking, so no pattern of a site can hang us."""
    anchored = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*", _MAX_STARS)
    if not path.startswith(first):
        return False
    at = len(first)
    if not parts:
        return not anchored or at == len(path)
    *middle, last = parts
    for part in middle:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0
