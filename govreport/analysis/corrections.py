"""A corrections file for links: which body some reports belong to, with the evidence. It overrides what is found.

Columns, all of them needed:

========  ==============================================================================================
agency    name with ``*`` and ``?`` as wildcards, in NFKC and without blanks; empty for any
adcode    six digits, or fewer and ``*``; empty for any
year      2021, 2019-2021, 2021- or -2021; empty for any
body      a ``body_id`` as ``link_agencies`` gives it, or any name: reports of one name are one body
evidence  why: a decision, an address; never empty
========  ==============================================================================================
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import re
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from govreport.analysis.agency_names import plain_name
from govreport.errors import UsageError

COLUMNS = ("agency", "adcode", "year", "body", "evidence")
BODY_ID = re.compile(r"[0-9a-f]{16}")
_CODE = re.compile(r"\d{6}|\d{0,5}\*|")
_YEARS = re.compile(r"(?P<first>\d{4})?(?P<to>-)?(?P<last>\d{4})?")


class Correction(NamedTuple):
    """One line of the file: which reports, and the key of the body they belong to."""

    line: int
    agency: str
    adcode: str
    first: int
    last: int
    body: str
    evidence: str

    @property
    def body_id(self) -> str:
        """The key of the body: as given, or made from the name given."""
        return self.body if BODY_ID.fullmatch(self.body) else body_key("corrections", self.body)


def body_key(*parts: str) -> str:
    """A key of 16 hexadecimal digits made from texts."""
    return hashlib.sha256("\x1f".join(("govreport body", *parts)).encode("utf-8", "replace")).hexdigest()[:16]


def load_corrections(source: str | Path | pd.DataFrame) -> tuple[Correction, ...]:
    """The corrections of a CSV file (UTF-8) or of a DataFrame with the same columns.

    Raises:
        UsageError: the file is not there or is not text, a column is missing, a line has no evidence or no body, names
            no report at all, or its code or years cannot be read.
    """
    rows = _frame_rows(source) if isinstance(source, pd.DataFrame) else _file_rows(Path(source))
    return tuple(_correction(line, row) for line, row in rows)


def _frame_rows(frame: pd.DataFrame) -> list[tuple[int, dict[str, str]]]:
    _refuse_columns([str(column) for column in frame.columns], "the DataFrame of corrections")
    texts = frame[list(COLUMNS)].astype("string").fillna("")
    return [(line, dict(zip(COLUMNS, row, strict=True))) for line, row in enumerate(texts.to_numpy().tolist(), start=1)]


def _file_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"corrections should be a CSV file in UTF-8 with the columns {', '.join(COLUMNS)}; {path} could not be "
            f"read: {error}"
        ) from error
    reader = csv.DictReader(text.splitlines())
    _refuse_columns(list(reader.fieldnames or ()), str(path))
    return [(line, {c: (row[c] or "") for c in COLUMNS}) for line, row in enumerate(reader, start=2)]


def _refuse_columns(found: list[str], where: str) -> None:
    if missing := [column for column in COLUMNS if column not in found]:
        raise UsageError(
            f"{where} should have the columns {', '.join(COLUMNS)}; missing {', '.join(missing)}, found "
            f"{', '.join(found) or 'none'}"
        )


def _correction(line: int, row: dict[str, str]) -> Correction:
    cells = {name: text.strip() for name, text in row.items()}
    years = _YEARS.fullmatch(cells["year"])
    wrong = {
        "evidence: a decision or an address": not cells["evidence"],
        "a body: a body_id or a name": not cells["body"],
        "an agency or an adcode": not (cells["agency"] or cells["adcode"]),
        "an adcode of six digits, or fewer and *": not _CODE.fullmatch(cells["adcode"]),
        "a year such as 2021, 2019-2021, 2021- or -2021": years is None or not _in_order(years),
    }
    if expected := [what for what, is_wrong in wrong.items() if is_wrong]:
        raise UsageError(
            f"corrections, line {line}: expected {'; '.join(expected)}; found "
            f"{', '.join(f'{name} {text!r}' for name, text in cells.items())}"
        )
    first, last = _span(cast("re.Match[str]", years))
    return Correction(line, plain_name(cells["agency"]), cells["adcode"], first, last, cells["body"], cells["evidence"])


def _span(years: re.Match[str]) -> tuple[int, int]:
    first = int(years["first"] or 0)
    last = int(years["last"] or (9999 if years["to"] or not first else first))
    return first, last


def _in_order(years: re.Match[str]) -> bool:
    both_without_dash = years["first"] and years["last"] and not years["to"]
    lone_last = years["last"] and not years["first"] and not years["to"]
    dash_alone = years["to"] and not years["first"] and not years["last"]
    first, last = _span(years)
    return not (both_without_dash or lone_last or dash_alone) and first <= last


def apply_corrections(corrections: tuple[Correction, ...], reports: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Position of the correction that holds for each report, -1 where none does.

    Raises:
        UsageError: two lines give one report to different bodies.
    """
    found = np.full(len(reports), -1, dtype=np.int64)
    if not corrections:
        return found
    agencies = reports["agency"].astype("string").fillna("")
    plain = {agency: plain_name(agency) for agency in agencies.unique()}
    names = [plain[agency] for agency in agencies]
    codes = reports["adcode"].astype("string").fillna("").tolist()
    years = reports["year"].to_numpy(dtype=np.int64, na_value=-1).tolist()
    for position, correction in enumerate(corrections):
        wanted = _matching(correction, names, codes, years)
        if clash := [line for line in wanted if found[line] >= 0]:
            _refuse_clash(correction, corrections[found[clash[0]]], reports, clash[0])
        found[wanted] = position
    return found


def _matching(correction: Correction, names: list[str], codes: list[str], years: list[int]) -> list[int]:
    agency = re.compile(fnmatch.translate(correction.agency or "*"))
    adcode = re.compile(fnmatch.translate(correction.adcode or "*"))
    any_year = (correction.first, correction.last) == (0, 9999)
    met: dict[str, bool] = {name: agency.match(name) is not None for name in set(names)}
    return [
        line
        for line, name in enumerate(names)
        if met[name] and adcode.match(codes[line]) and (any_year or correction.first <= years[line] <= correction.last)
    ]


def _refuse_clash(new: Correction, old: Correction, reports: pd.DataFrame, line: int) -> None:
    if new.body_id != old.body_id:
        report = reports.iloc[line]
        raise UsageError(
            f"corrections should give each report to one body; lines {old.line} and {new.line} give "
            f"{report['agency']} ({report['year']}) to {old.body!r} and {new.body!r}: make one of them narrower"
        )
