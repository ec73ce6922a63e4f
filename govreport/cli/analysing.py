"""Commands that compare reports: ``rates``, ``outliers``, ``similar`` and ``evidence``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govreport.cli.common import DONE, UNREAD, add_sources, tell
from govreport.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from govreport.frames import Frames

_CARDS = 10
_LANGS = ("en", "zh")


def add_commands(commands: Any) -> None:
    """The commands of this module."""
    _add_rates(commands)
    _add_outliers(commands)
    _add_similar(commands)
    _add_evidence(commands)


def _add_rates(commands: Any) -> None:
    rates = commands.add_parser(
        "rates", help="a measure over groups of reports, with intervals",
        description="Add a measure up over groups of reports, with intervals and what was left out.",
    )  # fmt: skip
    add_sources(rates)
    rates.add_argument("--measure", metavar="M", required=True, help="id of a measure, as not_held_share")
    rates.add_argument(
        "--by", metavar="COLUMN,...", default="year", help="columns of reports, or level; '' for one row"
    )
    rates.add_argument("--cluster", metavar="COLUMN", help="what hangs together, as agency: wider intervals")
    rates.add_argument("--exact", action="store_true", help="exact intervals (Clopper and Pearson), not Wilson's")
    _add_output(rates)
    rates.set_defaults(run=_rates)


def _add_outliers(commands: Any) -> None:
    outliers = commands.add_parser(
        "outliers", help="bodies that stand out from their peers or from their own past",
        description="Compare each body with bodies of its kind, level and year, and with its own year before; list "
        "those that stand out more than chance allows. Needs: pip install 'govreport[statistics]'",
    )  # fmt: skip
    add_sources(outliers)
    _add_list(outliers, "--measure", "M", "id of a measure; may be repeated (default: a chosen few)")
    _add_list(outliers, "--years", "YEAR,...", "years to compare, as 2023 or 2021-2023")
    outliers.add_argument("--min-n", type=int, metavar="N", help="smallest denominator or count that is ranked (30)")
    outliers.add_argument("--level", type=float, default=0.05, metavar="P", help="false-discovery rate (0.05)")
    outliers.add_argument("--cards", metavar="DIR", help="write an evidence card for each of the first rows")
    outliers.add_argument("--card-count", type=int, default=_CARDS, metavar="N", help=f"how many cards ({_CARDS})")
    _add_output(outliers)
    outliers.set_defaults(run=_outliers)


def _add_similar(commands: Any) -> None:
    similar = commands.add_parser(
        "similar", help="texts that are nearly the same, from year to year or between bodies",
        description="Find sections one, five and six that repeat last year's or another body's. "
        "Needs: pip install 'govreport[statistics]'",
    )  # fmt: skip
    add_sources(similar)
    similar.add_argument("--threshold", type=float, default=0.8, metavar="S", help="least similarity, 0.5 to 1 (0.8)")
    similar.add_argument(
        "--against", choices=("both", "own_past", "others"), default="both", help="what to compare with (both)"
    )
    _add_list(similar, "--sections", "N,...", "numbers of sections (1,5,6)")
    _add_output(similar)
    similar.set_defaults(run=_similar)


def _add_evidence(commands: Any) -> None:
    card = commands.add_parser(
        "evidence", help="one page about one figure: cells, peers, doubts, source, questions",
        description="Write the evidence card of one figure as a page (.html) or as Markdown (.md). Without -o it is "
        "printed as Markdown.",
    )  # fmt: skip
    add_sources(card)
    card.add_argument("--report", metavar="ID", required=True, help="report_id of the report")
    card.add_argument("--measure", metavar="M", required=True, help="id of a measure, as not_held_share")
    card.add_argument("-o", "--output", metavar="FILE", help="where to write it, .html or .md")
    card.add_argument("--lang", choices=(*_LANGS, "both"), default="en", help="language that it opens in (en)")
    card.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    card.set_defaults(run=_evidence)


def _add_list(parser: argparse.ArgumentParser, option: str, name: str, says: str) -> None:
    parser.add_argument(option, action="append", default=[], metavar=name, help=says)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="save as .csv .xlsx .md .parquet .jsonl")
    parser.add_argument("--json", action="store_true", help="print one line of JSON a row")
    parser.add_argument("--lang", choices=_LANGS, default="en", help="language of headings and remarks (en)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")


def _rates(arguments: argparse.Namespace) -> int:
    from govreport.analysis import find_measure, rates
    from govreport.cli.tables import rates_table

    find_measure(arguments.measure)
    by = _split([arguments.by])
    return _run(
        arguments,
        lambda frames: rates(
            frames, arguments.measure, by, cluster=arguments.cluster, interval="exact" if arguments.exact else "wilson"
        ),
        lambda found, _: rates_table(found, arguments.measure, by, arguments.lang),
    )


def _outliers(arguments: argparse.Namespace) -> int:
    from govreport.analysis import OutlierMethod, find_outliers
    from govreport.analysis.measures import pick_measures
    from govreport.cli.tables import outliers_table

    measures, years = _split(arguments.measure) or None, _years(arguments.years)
    pick_measures(measures)
    method = OutlierMethod() if arguments.min_n is None else OutlierMethod(min_n=arguments.min_n)
    if arguments.cards:
        _refuse_cards(arguments)

    def found(frames: Frames) -> pd.DataFrame:
        keep: Any = "ranked" if arguments.cards else "outliers"
        ranked = find_outliers(frames, measures, years=years, level=arguments.level, method=method, keep=keep)
        outliers = ranked[ranked["outlier"].fillna(False)].reset_index(drop=True)
        outliers.attrs |= ranked.attrs
        if arguments.cards:
            _write_cards(arguments, frames, outliers, ranked, method)
        return outliers

    return _run(arguments, found, lambda rows, words: outliers_table(rows, arguments.lang, words=words))


def _refuse_cards(arguments: argparse.Namespace) -> None:
    folder = Path(arguments.cards).expanduser()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--cards expects a folder, found the file {folder}; choose another name")
    if arguments.card_count < 1:
        raise UsageError(f"--card-count should be 1 or more, found {arguments.card_count}")


def _write_cards(
    arguments: argparse.Namespace, frames: Frames, outliers: pd.DataFrame, ranked: pd.DataFrame, method: Any
) -> None:
    """A card for each figure of the first rows; a figure that stands out twice has one card."""
    from govreport.cli.tables import told
    from govreport.evidence import evidence

    folder = Path(arguments.cards).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    figures = outliers.drop_duplicates(["report_id", "measure"]).head(arguments.card_count)
    for place, (report, measure) in enumerate(figures[["report_id", "measure"]].to_numpy().tolist(), start=1):
        card = evidence(frames, report, measure, outliers=ranked, method=method, level=arguments.level)
        card.save(folder / f"{place:03}_{measure}_{report}.html", arguments.lang)
    if not arguments.quiet:
        tell(told("cards", arguments.lang, n=len(figures), folder=folder))


def _similar(arguments: argparse.Namespace) -> int:
    from govreport.analysis.similar import TEXT_SECTIONS, find_similar
    from govreport.cli.tables import similar_table

    sections = _whole(_split(arguments.sections), "--sections") or list(TEXT_SECTIONS)
    return _run(
        arguments,
        lambda frames: find_similar(
            frames, sections=sections, threshold=arguments.threshold, against=arguments.against
        ),
        lambda found, _: similar_table(found, arguments.lang),
    )


def _evidence(arguments: argparse.Namespace) -> int:
    from govreport.analysis import find_measure
    from govreport.cli.tables import told
    from govreport.evidence import evidence
    from govreport.evidence.card import SUFFIXES
    from govreport.export import check_file

    find_measure(arguments.measure)
    if arguments.output:
        check_file(arguments.output, SUFFIXES)
    frames = _frames(arguments)
    card = evidence(frames, arguments.report, arguments.measure)
    if not arguments.output:
        print(card.to_markdown(arguments.lang), end="")
    else:
        path = card.save(arguments.output, arguments.lang)
        if not arguments.quiet:
            tell(told("card", "zh" if arguments.lang == "zh" else "en", path=path))
    return UNREAD if len(frames.failures) else DONE


_Made = Callable[["Frames"], "pd.DataFrame"]
_Shown = Callable[["pd.DataFrame", bool], "pd.DataFrame"]


def _run(arguments: argparse.Namespace, make: _Made, show: _Shown) -> int:
    """Reads, compares, and prints or saves; ``show`` makes the table for people, with sentences if asked to."""
    from govreport.export import TABLE_SUFFIXES, check_file

    if arguments.output:
        check_file(arguments.output, TABLE_SUFFIXES)
    frames = _frames(arguments)
    found = make(frames)
    notice = str(found.attrs.get("notice" if arguments.lang == "en" else "notice_zh", ""))
    if arguments.output:
        _save(arguments, found, show, notice)
    if arguments.json:
        _print_json(found, frames)
    elif not arguments.output:
        _print_table(arguments, show(found, False))
    if notice and not arguments.quiet:
        tell(notice)
    return UNREAD if len(frames.failures) else DONE


def _save(arguments: argparse.Namespace, found: pd.DataFrame, show: _Shown, notice: str) -> None:
    from govreport.cli.tables import headed, told
    from govreport.export import save_table

    readable = Path(arguments.output).suffix.lower() == ".md"
    table = headed(show(found, True), arguments.lang) if readable else found
    path = save_table(table, arguments.output, notes={"notice": notice})
    if not arguments.quiet:
        tell(told("saved", arguments.lang, n=f"{len(found):,}", path=path))


def _print_json(found: pd.DataFrame, frames: Frames) -> None:
    from govreport.export import failure_json, json_line, row_lines

    for line in row_lines(found):
        print(line)
    for failure in frames.failures.itertuples(index=False):
        print(json_line(failure_json(*failure)))


def _print_table(arguments: argparse.Namespace, table: pd.DataFrame) -> None:
    from govreport.cli.tables import text_table, told

    print(text_table(table, arguments.lang) if len(table) else told("none", arguments.lang))


def _frames(arguments: argparse.Namespace) -> Frames:
    """Frames of all sources: what ``parse -o DIR`` or ``collect`` wrote is loaded, anything else is read."""
    from govreport.checks import run_checks
    from govreport.frames import Frames

    made, pages = [], []
    for source in arguments.sources:
        saved = _loaded(source)
        if saved is None:
            pages.append(source)
        else:
            made.append(saved)
    if pages or not made:
        made.append(_read(pages, quiet=arguments.quiet or getattr(arguments, "json", False)))
    if len(made) == 1:
        return made[0]
    whole = Frames.concat(made)
    return whole.with_findings(run_checks(whole))


def _loaded(source: str) -> Frames | None:
    from govreport.api import open_reports
    from govreport.export import load
    from govreport.query import is_dataset

    folder = Path(source).expanduser()
    if (folder / "reports.parquet").is_file():
        return load(folder)
    return open_reports(source) if folder.is_dir() and is_dataset(source) else None


def _read(pages: list[str], *, quiet: bool) -> Frames:
    from govreport.api import iter_reports
    from govreport.checks import run_checks
    from govreport.frames import to_frames

    frames = to_frames(iter_reports(pages, progress=False if quiet else None))
    if not quiet:
        for failure in frames.failures.itertuples(index=False):
            tell(f"{failure.source}: not read: {failure.message}")
    return frames.with_findings(run_checks(frames))


def _split(texts: Iterable[str]) -> list[str]:
    parts = chain.from_iterable(text.split(",") for text in texts)
    return [part.strip() for part in parts if part.strip()]


def _whole(texts: list[str], option: str) -> list[int]:
    if wrong := [text for text in texts if not (text.isascii() and text.isdigit())]:
        raise UsageError(f"{option} takes whole numbers with commas between, found {wrong[0]!r}")
    return [int(text) for text in texts]


def _years(texts: list[str]) -> list[int] | None:
    """Single years and spans such as 2021-2023."""
    made: list[int] = []
    for part in _split(texts):
        first, dash, last = part.partition("-")
        ends = _whole([first, last] if dash else [first], "--years")
        if not 1900 <= ends[0] <= ends[-1] <= 2200:
            raise UsageError(f"--years takes years such as 2023 or 2021-2023, found {part!r}")
        made += range(ends[0], ends[-1] + 1)
    return made or None
