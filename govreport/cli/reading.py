"""Commands that read reports: ``parse`` and ``check``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from govreport.cli.common import DONE, UNREAD, add_sources, tell
from govreport.model import SEVERITIES, Report

if TYPE_CHECKING:
    from govreport.frames import Failure, Frames


def add_commands(commands: Any) -> None:
    """The commands of this module."""
    parse = commands.add_parser("parse", help="read reports", description="Read reports; print or save what they hold.")
    add_sources(parse)
    parse.add_argument("--json", action="store_true", help="print one line of JSON a source, in order")
    parse.add_argument("-o", "--output", metavar="OUT", help="save as .parquet .csv .xlsx .jsonl .dta, or in a folder")
    parse.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    parse.set_defaults(run=_parse)

    check = commands.add_parser("check", help="print what is in doubt", description="Read reports; print all findings.")
    add_sources(check)
    check.add_argument("--severity", choices=SEVERITIES, default="info", help="leave out what is less grave than this")
    check.add_argument("--json", action="store_true", help="print one line of JSON a finding")
    check.set_defaults(run=_check)


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
                tell(_line_of(outcome))
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
        tell(f"{len(frames)} reports saved in {path}")


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
    findings = [f for f in findings_of(frames) if f["severity"] in wanted]
    if arguments.json:
        for finding in findings:
            print(json_line(finding))
        for failure in frames.failures.itertuples(index=False):
            print(json_line(failure_json(*failure)))
    else:
        print_findings(frames, findings)
    return UNREAD if len(frames.failures) else DONE


def findings_of(frames: Frames) -> Iterator[dict[str, Any]]:
    """Every finding with the report it belongs to."""
    for report in frames.iter_reports():
        for f in report.findings:
            yield {
                "source": report.source, "agency": report.agency, "year": report.year, "rule": f.rule,
                "severity": f.severity, "cells": list(f.cells), "expected": f.expected, "found": f.found,
                "message": f.message,
            }  # fmt: skip


def print_findings(frames: Frames, findings: list[dict[str, Any]]) -> None:
    """Findings under the name of their report, then what was not read, then how many."""
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
