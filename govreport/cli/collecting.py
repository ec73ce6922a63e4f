"""Commands for collections too large for one table in memory: ``collect`` and ``sql``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from govreport.cli.common import DONE, UNREAD, add_sources, tell

if TYPE_CHECKING:
    from govreport.query import Dataset, Summary

_ROWS, _WIDTH = 60, 160


def add_commands(commands: Any) -> None:
    """The commands of this module."""
    collect = commands.add_parser(
        "collect", help="read any number of reports into a dataset",
        description="Read folders, web archives, JSON lines and Parquet tables into a dataset on disk. "
        "It may be broken off at any moment; the same command goes on, and later adds only what is new.",
    )  # fmt: skip
    add_sources(collect)
    collect.add_argument("-o", "--output", metavar="DIR", required=True, help="folder of the dataset")
    collect.add_argument("--workers", type=int, metavar="N", help="processes (default: all cores; 1: this process)")
    collect.add_argument("--cluster", metavar="ADDRESS", help="use the workers of a Dask scheduler, tcp://...")
    collect.add_argument(
        "--prefilter", action=argparse.BooleanOptionalAction, default=None,
        help="parse only pages that look like reports (default: in archives and tables)",
    )  # fmt: skip
    collect.add_argument("--json", action="store_true", help="print the counts as one line of JSON")
    collect.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    collect.set_defaults(run=_collect)

    sql = commands.add_parser(
        "sql", help="ask a dataset in SQL",
        description="Answer one SELECT over the tables of a dataset: reports, disclosure, applications, litigation, "
        "sections, statements, findings, failures, wide, copies.",
    )  # fmt: skip
    sql.add_argument("folder", metavar="DIR", help="what collect wrote")
    sql.add_argument("query", metavar="QUERY", help='such as "select year, count(*) from reports group by year"')
    how = sql.add_mutually_exclusive_group()
    how.add_argument("--csv", action="store_true", help="print CSV")
    how.add_argument("--json", action="store_true", help="print one line of JSON a row")
    sql.set_defaults(run=_sql)


def _collect(arguments: argparse.Namespace) -> int:
    from govreport.bulk import collect_reports

    dataset = collect_reports(
        arguments.sources, arguments.output, workers=arguments.workers, cluster=arguments.cluster,
        prefilter=arguments.prefilter, progress=False if arguments.quiet or arguments.json else None,
    )  # fmt: skip
    count = dataset.summary()
    if arguments.json:
        print(json.dumps({"dataset": dataset.folder, **count._asdict()}, ensure_ascii=False))
    elif not arguments.quiet:
        _show(dataset, count)
    return UNREAD if count.failures else DONE


def _show(dataset: Dataset, count: Summary) -> None:
    tell(f"{dataset.folder}: {count.records:,} records in {count.pieces:,} pieces")
    tell(f"  {count.reports:,} reports, {count.copies or 0:,} of them copies")
    tell(f"  {count.failures:,} not read (table failures has the reasons)")
    for reason, number in sorted(count.passed.items(), key=lambda item: (-item[1], item[0])):
        tell(f"  {number:,} passed over: {reason}")
    for source, reason in count.set_apart.items():
        tell(f"  set apart: {source}: {reason}")


def _sql(arguments: argparse.Namespace) -> int:
    from govreport.query import Dataset

    found = Dataset(arguments.folder).sql(arguments.query)
    if arguments.csv:
        found.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif arguments.json:
        found.to_json(sys.stdout, orient="records", lines=True, force_ascii=False, date_format="iso")
    else:
        print(found.to_string(index=False, max_rows=_ROWS, line_width=_WIDTH, na_rep=""))
    return DONE
