"""What a page as a whole gives cause to doubt: not a report, tables missing, damaged, in pictures, of another year."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from govreport.errors import ParseError
from govreport.forms import load_form, read_csv
from govreport.model import Document, Finding, Value
from govreport.parse.identity import Identity
from govreport.parse.sections import Heading
from govreport.parse.tables import Table
from govreport.parse.tokens import Tokens

_TITLE_WORDS = ("年度报告", "年报", "年度工作报告")
_TABLE_NAMES = {
    "disclosure": "table of section two (主动公开政府信息情况)",
    "applications": "table of section three (收到和处理政府信息公开申请情况)",
    "litigation": "table of section four (政府信息公开行政复议、行政诉讼情况)",
    "statistics": "statistics return (政府信息公开情况统计表)",
}


@cache
def _not_reports() -> tuple[tuple[str, tuple[str, ...], str], ...]:
    return tuple((r["kind"], tuple(r["words"].split(";")), r["where"]) for r in read_csv("not_reports"))


def judge_kind(
    document: Document, identity: Identity, headings: list[Heading], read: Mapping[str, Table], tokens: Tokens
) -> None:
    """Refuse what is not an annual report.

    Raises:
        ParseError: a list page, a guide, a notice of the format, an error page, or text without any sign of a report.
    """
    met = sum(t.met for t in read.values())
    named = [document.meta.get(name, "") for name in ("articletitle", "h1", "title")]
    title = identity.title or next(filter(None, named), "") or " ".join(tokens.raws[:3])[:120]
    if met:
        return
    labels = any(t.there for t in read.values())
    lead = " ".join(tokens.raws[:40])[:400]
    for kind, words, where in _not_reports():
        text = title if where == "title" else lead
        hit = next((w for w in words if w in text or (where == "title" and labels and w in lead[:120])), None)
        if hit and (where == "title" or len(headings) < 2):
            raise ParseError(
                f"an annual report was expected; this is {kind} by the words “{hit}” in “{text[:60]}”. "
                "Open the page of a report itself"
            )
    sections = {h.number for h in headings}
    if labels or len(sections) >= 2:
        return
    titles = [t for t in tokens.raws if 8 <= len(t) <= 60 and any(w in t for w in _TITLE_WORDS)]
    if len(set(titles)) >= 3:
        raise ParseError(
            f"an annual report was expected; this looks like a list page with {len(set(titles))} titles of reports, "
            f"the first “{titles[0]}”. Open one of the listed pages; find_reports gives their addresses"
        )
    size = sum(len(t) for t in tokens.raws)
    if identity.title and (size > 300 or document.images or document.attachments):
        return
    raise ParseError(
        "an annual report was expected; no statutory table, no section heading and "
        f"{'little text under the title' if identity.title else 'no title of a report'} was found in {size} characters "
        f"(“{lead[:40]}”). Check that the page was saved whole"
    )


def refuse_damaged(tokens: Tokens, read: Mapping[str, Table], found: dict[str, Value]) -> list[Finding]:
    """Set cells whose numbers cannot be told to "lost", in ``found``; one finding a table, or one for the page.

    A copy from which repeated lines were removed is refused as a whole: its labels are there, each value stands once.
    """
    if _lines_removed(tokens, read):
        for table in read.values():
            table.findings.clear()
        for name in found:
            found[name] = Value("lost")
        return [
            Finding(
                "lines_removed", "error", tuple(found), "a value for each cell", "each line only once",
                "In this copy every repeated line was removed, so nearly all figures are gone and those left cannot "
                "be told apart. No figure was read; look for another copy of the page.",
            )
        ]  # fmt: skip
    findings = []
    for name, table in read.items():
        if not table.lost:
            continue
        lost = tuple(cell for cell, value in found.items() if value.status == "lost" and cell.startswith(name + "."))
        if lost:
            findings.append(
                Finding(
                    "lost_cells", "error", lost, "one number for each cell", "too few, too many or unclear",
                    f"{len(lost)} cells of the {_TABLE_NAMES[name]} have a label, but the numbers beside it cannot be "
                    "assigned without a guess; they are not read.",
                )
            )  # fmt: skip
    return findings


def _lines_removed(tokens: Tokens, read: Mapping[str, Table]) -> bool:
    table = read.get("applications") or read["statistics"]
    if not table.there or table.met * 2 >= table.expected:
        return False
    spans = [(t.first, t.last) for t in read.values() if t.there]
    raws = [r for first, last in spans for r in tokens.raws[first : last + 1] if r]
    return len(raws) >= 25 and len(set(raws)) == len(raws)


def structure_findings(
    document: Document,
    edition: str | None,
    met: Mapping[str, int],
    identity: Identity,
    headings: list[Heading],
    read: Mapping[str, Table],
    cells: Mapping[str, Value],
) -> list[Finding]:
    """Tables that are missing or empty, the edition, and what the reader noted."""
    findings = [Finding("reader_note", "info", (), "", "", note) for note in document.notes]
    missing = [name for name, table in read.items() if not table.there]
    if edition is None:
        findings.append(
            Finding(
                "edition_unknown", "error", (), "labels of the statutory tables", "none",
                "No label of a statutory table is on the page; its figures, if any, stand in prose, in a picture, in "
                "an attached file or in a local form.",
            )
        )  # fmt: skip
    else:
        findings += [_missing_table(name, edition) for name in missing]
        findings += _empty_tables(cells, read, edition)
        findings += _edition_findings(edition, met, identity.year)
    if missing and document.images and len(headings) >= 2:
        findings.append(
            Finding(
                "pictures", "error", (), "tables as text", f"{document.images} pictures",
                f"{len(missing)} tables are missing and the text holds {document.images} pictures; the tables are "
                "probably pictures.",
            )
        )  # fmt: skip
    if len(missing) == len(read) and document.attachments:
        findings.append(
            Finding(
                "attachment_only", "error", (), "a report on the page", document.attachments[0],
                f"The page holds no table but links to {len(document.attachments)} files; the report is probably in "
                f"{document.attachments[0]}.",
            )
        )  # fmt: skip
    return findings


def _missing_table(name: str, edition: str) -> Finding:
    cells = tuple(c for c in load_form(edition).cells if c.startswith(name + "."))
    return Finding(
        "missing_table", "error", cells[:1], _TABLE_NAMES[name], "not on the page",
        f"The {_TABLE_NAMES[name]} was not found on the page; its {len(cells)} cells are absent, not zero.",
    )  # fmt: skip


def _empty_tables(cells: Mapping[str, Value], read: Mapping[str, Table], edition: str) -> list[Finding]:
    findings = []
    names = load_form(edition).cells
    for name, table in read.items():
        if not table.there or table.met:
            continue
        own = [c for c in names if c.startswith(name + ".")]
        if all(cells[c].status in ("blank", "dash", "absent") for c in own):
            message = f"The {_TABLE_NAMES[name]} is printed without any number. Blank is not zero."
            findings.append(Finding("empty_table", "warning", (own[0],), "numbers", "blank cells only", message))
    return findings


def _edition_findings(edition: str, met: Mapping[str, int], year: int | None) -> list[Finding]:
    findings = []
    others = [e for e, count in met.items() if e != edition and count >= 2]
    if others:
        findings.append(
            Finding(
                "mixed_edition", "warning", (), edition, ", ".join(others),
                f"Labels of the {edition} and of the {others[0]} form stand on one page; it was read by {edition}.",
            )
        )  # fmt: skip
    form = load_form(edition)
    if year and (year < form.first_year or (form.last_year and year > form.last_year)):
        findings.append(
            Finding(
                "other_year_form", "info", (), f"the form in force for {year}", f"the {edition} form",
                f"The report is on {year} but uses the form of {edition}; the tables were read by their labels.",
            )
        )  # fmt: skip
    return findings
