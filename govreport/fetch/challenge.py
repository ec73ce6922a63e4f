"""Robot checks and error pages that are served as if they were the page. The marks stand in forms/challenge.csv."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from govreport.errors import FormError
from govreport.fetch.text import decode, title, visible
from govreport.forms import read_csv
from govreport.kinds import kind_by_start

# Such pages are small; reports are not looked at in vain beyond this size.
_MAX_BYTES = 500_000


class Mark(NamedTuple):
    """A sign that a page is no content: its name in forms/challenge.csv, what it means, and the words found.

    ``kind`` is "check" for robot checks and blocks, "error" for error pages.
    """

    name: str
    kind: str
    meaning: str
    found: str


class _Rule(NamedTuple):
    name: str
    kind: str
    where: str
    pattern: re.Pattern[str]
    max_text: float
    meaning: str


def find_mark(content: bytes, content_type: str = "") -> Mark | None:
    """The sign that this page is a robot check or an error page, None if it is neither.

    A mark counts in a title that does not name a report, or on a page whose visible text is shorter than the
    limit of the mark and does not name a report: a report that mentions 安全验证 is a report.

    >>> find_mark("<title>404 页面不存在</title>".encode()).name
    'title_404'
    >>> find_mark("<title>年报</title><p>开展网站安全验证</p>".encode() + "字".encode() * 500) is None
    True
    """
    if len(content) > _MAX_BYTES or kind_by_start(content):
        return None
    text, _ = decode(content, content_type)
    seen = {"title": title(text), "text": visible(text), "source": text}
    unless = [rule.pattern for rule in _rules() if rule.where == "unless"]
    about_report = {where: any(p.search(seen[where]) for p in unless) for where in ("title", "text")}
    for rule in _rules():
        if rule.where == "unless" or len(seen["text"]) > rule.max_text:
            continue
        if about_report["title" if rule.where == "title" else "text"]:
            continue
        match = rule.pattern.search(seen[rule.where])
        if match:
            return Mark(rule.name, rule.kind, rule.meaning, match.group()[:60])
    return None


@cache
def _rules() -> tuple[_Rule, ...]:
    made = []
    for row in read_csv("challenge"):
        if row["where"] not in ("unless", "title", "text", "source"):
            raise FormError(
                f"forms/challenge.csv: {row['mark']} is sought in {row['where']!r}, which is no part of a page"
            )
        try:
            pattern = re.compile(row["pattern"], re.IGNORECASE)
            limit = float(row["max_text"] or "inf")
        except (re.error, ValueError) as error:
            raise FormError(
                f"forms/challenge.csv: {row['mark']} has a pattern or limit that does not work: {error}"
            ) from error
        made.append(_Rule(row["mark"], row["kind"], row["where"], pattern, limit, row["meaning_en"]))
    return tuple(made)
