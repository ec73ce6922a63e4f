"""The command ``govreport``: reads reports, checks them, shows the bundled ones, finds links to more.

Exit status: 0 done, 1 done with sources that could not be read, 2 wrong use.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from govreport.errors import GovreportError, UsageError
from govreport.model import SEVERITIES, Report

if TYPE_CHECKING:
    from govreport.frames import Failure, Frames

DONE, UNREAD, WRONG_USE, BROKEN_OFF = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments, those of the process by default; gives the exit status.

    Raises:
        SystemExit: from argparse, status 2 for wrong arguments, 0 after ``--help`` and ``--version``.
    """
    _speak_utf8(sys.stdout, sys.stderr)
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except UsageError as error:
        _tell(f"govreport: {error}")
        return WRONG_USE
    except GovreportError as error:
        _tell(f"govreport: {error}")
        return UNREAD
    except BrokenPipeError:
        # Whoever read the output has gone, for example head; what is still in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _tell("govreport: broken off")
        return BROKEN_OFF


def _speak_utf8(*streams: TextIO) -> None:
    """Chinese comes out whole whatever the terminal's settings; half characters of broken pages become "?"."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="govreport",
        description="Government information disclosure annual reports (政府信息公开工作年度报告) as tidy data.",
        epilog="Exit status: 0 done, 1 done with sources that could not be read, 2 wrong use.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    parse = commands.add_parser("parse", help="read reports", description="Read reports; print or save what they hold.")
    _add_sources(parse)
    parse.add_argument("--json", action="store_true", help="print one line of JSON a source, in order")
    parse.add_argument("-o", "--output", metavar="OUT", help="save as .parquet .csv .xlsx .jsonl .dta, or in a folder")
    parse.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parse.set_defaults(run=_parse)

    check = commands.add_parser("check", help="print what is in doubt", description="Read reports; print all findings.")
    _add_sources(check)
    check.add_argument("--severity", choices=SEVERITIES, default="info", help="leave out what is less grave than this")
    check.add_argument("--json", action="store_true", help="print one line of JSON a finding")
    check.set_defaults(run=_check)

    demo = commands.add_parser("demo", help="try it on the bundled reports", description="A tour without a network.")
    demo.add_argument("--figures", metavar="DIR", default="figures", help="folder for the figures (default: figures)")
    demo.set_defaults(run=_demo)

    figures = commands.add_parser("figures", help="make all figures of the bundled data again")
    figures.add_argument("folder", nargs="?", default="figures", metavar="DIR", help="where (default: figures)")
    figures.set_defaults(run=_figures)

    dashboard = commands.add_parser(
        "dashboard", help="explore reports in a web browser",
        description="Serve the explorer on this machine until Ctrl-C: for the bundled data, or for a folder of yours.",
    )  # fmt: skip
    dashboard.add_argument("folder", nargs="?", metavar="DIR", help="saved pages, or what parse -o DIR wrote")
    dashboard.add_argument("--port", type=int, metavar="N", help="where to serve (default: 8866 or the next free one)")
    dashboard.add_argument("--no-browser", action="store_true", help="do not open the page in a web browser")
    dashboard.set_defaults(run=_dashboard)

    dictionary = commands.add_parser("dictionary", help="print the data dictionary (Markdown)")
    dictionary.set_defaults(run=_dictionary)

    find = commands.add_parser("find", help="list the reports that a web page links to")
    find.add_argument("url", metavar="URL", help="address of a list page")
    find.set_defaults(run=_find)
    return parser


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, pattern or address")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        import govreport

        print(f"govreport {govreport.__version__}")
        parser.exit()


def _parse(arguments: argparse.Namespace) -> int:
    from govreport.api import iter_reports
    from govreport.frames import Failure

    quiet, saving = arguments.quiet, bool(arguments.output)
    bar = None if saving and not quiet and not arguments.json else False
    unread: list[Failure] = []

    def told() -> Iterator[Report | Failure]:
        for outcome in iter_reports(arguments.sources, progress=bar):
            if isinstance(outcome, Failure):
                unread.append(outcome)
            if arguments.json:
                print(_json_of(outcome), flush=True)
            elif isinstance(outcome, Failure) and (saving or quiet):
                _tell(_line_of(outcome))
            elif not saving and not quiet:
                print(_line_of(outcome), flush=True)
            yield outcome

    if saving:
        _save(told(), arguments.output, quiet=quiet)
    else:
        for _ in told():
            pass
    return UNREAD if unread else DONE


def _save(outcomes: Iterable[Report | Failure], output: str, *, quiet: bool) -> None:
    from govreport.checks import run_checks
    from govreport.export import check_target, save
    from govreport.frames import to_frames

    check_target(output)
    frames = to_frames(outcomes)
    path = save(frames.with_findings(run_checks(frames)), output)
    if not quiet:
        _tell(f"{len(frames)} reports saved in {path}")


def _json_of(outcome: Report | Failure) -> str:
    from govreport.export import failure_json, json_line, report_json

    return json_line(report_json(outcome) if isinstance(outcome, Report) else failure_json(*outcome))


def _line_of(outcome: Report | Failure) -> str:
    if not isinstance(outcome, Report):
        return f"{outcome.source}: not read: {outcome.message}"
    given = sum(value.status == "given" for value in outcome.cells.values())
    doubts = [(s, sum(f.severity == s for f in outcome.findings)) for s in SEVERITIES]
    told = ", ".join(f"{count} {severity}" for severity, count in doubts if count) or "no findings"
    return (
        f"{outcome.source}: {outcome.agency or 'agency unknown'}, {outcome.year or 'year unknown'}, "
        f"edition {outcome.edition or 'unknown'}, {given} of {len(outcome.cells)} cells with a number; {told}"
    )


def _check(arguments: argparse.Namespace) -> int:
    from govreport.api import iter_reports
    from govreport.checks import run_checks
    from govreport.export import failure_json, json_line
    from govreport.frames import to_frames

    frames = to_frames(iter_reports(arguments.sources, progress=None))
    frames = frames.with_findings(run_checks(frames))
    wanted = SEVERITIES[: SEVERITIES.index(arguments.severity) + 1]
    findings = [f for f in _findings(frames) if f["severity"] in wanted]
    if arguments.json:
        for finding in findings:
            print(json_line(finding))
        for failure in frames.failures.itertuples(index=False):
            print(json_line(failure_json(*failure)))
    else:
        _print_findings(frames, findings)
    return UNREAD if len(frames.failures) else DONE


def _findings(frames: Frames) -> Iterator[dict[str, Any]]:
    for report in frames.iter_reports():
        for f in report.findings:
            yield {
                "source": report.source, "agency": report.agency, "year": report.year, "rule": f.rule,
                "severity": f.severity, "cells": list(f.cells), "expected": f.expected, "found": f.found,
                "message": f.message,
            }  # fmt: skip


def _print_findings(frames: Frames, findings: list[dict[str, Any]]) -> None:
    width = max((len(f["rule"]) for f in findings), default=0)
    for source, group in groupby(findings, key=lambda f: str(f["source"])):
        told = list(group)
        print(f"{source}  {told[0]['agency'] or 'agency unknown'} {told[0]['year'] or 'year unknown'}")
        for finding in told:
            print(f"  {finding['severity']:8}{finding['rule']:{width}}  {finding['message']}")
    for failure in frames.failures.itertuples(index=False):
        print(f"{failure.source}  not read\n  {failure.message}")
    with_doubts = len({f["source"] for f in findings})
    print(f"{len(frames)} reports, {len(findings)} findings in {with_doubts} of them, {len(frames.failures)} not read")


def _demo(arguments: argparse.Namespace) -> int:
    import pandas as pd

    from govreport.bundled import sample

    print("The bundled reports are read from their pages, as your own would be: gr.sample()\n")
    frames = sample()
    print(frames, "\n")
    with pd.option_context("display.width", 160, "display.max_columns", 9, "display.max_colwidth", 40):
        for name in ("reports", "disclosure", "applications", "litigation"):
            print(f"frames.{name}.head(3)\n{getattr(frames, name).head(3)}\n")
    _print_findings(frames, [f for f in _findings(frames) if f["severity"] != "info"])
    _draw(frames, Path(arguments.figures))
    return DONE


def _figures(arguments: argparse.Namespace) -> int:
    from govreport.bundled import sample

    return DONE if _draw(sample(), Path(arguments.folder)) else WRONG_USE


def _draw(frames: Frames, folder: Path) -> bool:
    from govreport.bundled import sample

    try:
        import matplotlib
    except ImportError:
        print("No figures: they need matplotlib; pip install 'govreport[plots]'")
        return False
    matplotlib.use("Agg")
    from govreport.plots import save_all

    made = save_all(frames, sample("headlines"), folder)
    print(f"{len(made)} figures written in {folder}")
    return True


def _dashboard(arguments: argparse.Namespace) -> int:
    from govreport.dashboard import serve

    serve(arguments.folder, port=arguments.port, browser=not arguments.no_browser)
    return DONE


def _dictionary(_: argparse.Namespace) -> int:
    from govreport.dictionary import dictionary_markdown

    print(dictionary_markdown(), end="")
    return DONE


def _find(arguments: argparse.Namespace) -> int:
    from govreport.fetch import find_reports

    for link in find_reports(arguments.url):
        print(f"{link.year or ''}\t{link.published or ''}\t{link.title}\t{link.url}")
    return DONE
