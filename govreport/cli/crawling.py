"""Commands that collect from the web: ``crawl`` and ``status``."""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govreport.cli.common import DONE, UNREAD, tell
from govreport.errors import UsageError

if TYPE_CHECKING:
    from govreport.crawl import CrawlSettings, Preview

_MOST_SHOWN = 50
# Options that are settings of the same name: option, type, what it says.
_NUMBERS = (
    ("--depth", int, "links followed from a given address (default 5)"),
    ("--max-pages", int, "limit of requests, earlier runs into the folder included (default 20000)"),
    ("--max-pages-per-host", int, "the same for one host (default 5000)"),
    ("--max-seconds", float, "limit of this run in seconds (default none)"),
    ("--max-bytes", int, "limit of the bodies in the archive, in bytes (default none)"),
    ("--page-bytes", int, "limit of one page or file, in bytes (default 30000000)"),
    ("--page-seconds", float, "limit of one request, in seconds (default 120)"),
    ("--delay", float, "least pause between two requests to a host, in seconds (default 2)"),
    ("--max-wait", float, "longest pause that a server may ask for, in seconds (default 120)"),
    ("--retries", int, "further tries after a broken answer (default 3)"),
    ("--parallel-hosts", int, "hosts asked at the same time, each one request at a time (default 8)"),
)
_RENAMED = {"delay": "delay_seconds", "max_wait": "max_wait_seconds"}


def add_commands(commands: Any) -> None:
    """The commands of this module."""
    crawl = commands.add_parser(
        "crawl",
        help="collect reports from sites into a web archive",
        description="Crawl sites for annual reports into a web archive (WARC), politely: robots.txt is obeyed, each "
        "host gets one request at a time, and no host is asked but those of the given addresses. Broken off at any "
        "moment, the same command goes on where it was.",
    )
    crawl.add_argument("urls", nargs="*", metavar="URL", help="front page, column page or sitemap; none to go on")
    crawl.add_argument("-o", "--output", metavar="DIR", help="folder for archive and state")
    _add_hosts(crawl, "--hosts", "further hosts that may be asked: a.gov.cn, a.gov.cn:8080 or *.a.gov.cn")
    for option, kind, says in _NUMBERS:
        crawl.add_argument(option, type=kind, metavar="N", help=says)
    crawl.add_argument("--contact", help="your address for site owners, sent with each request")
    crawl.add_argument("--allow-private", action="store_true", help="permit addresses off the public internet")
    crawl.add_argument("--ignore-robots", action="store_true", help="do not read robots.txt; only with leave")
    _add_hosts(crawl, "--unverified-hosts", "hosts whose certificates are not checked")
    crawl.add_argument("--retry-failed", action="store_true", help="ask again for what failed in earlier runs")
    crawl.add_argument("--dry-run", action="store_true", help="ask for robots.txt and the given addresses alone")
    crawl.add_argument("-q", "--quiet", action="store_true", help="no progress bar and no summary")
    crawl.set_defaults(run=_crawl)

    status = commands.add_parser(
        "status", help="show what a crawl has done", description="Show what a crawl asked for, got, refused, failed at."
    )
    status.add_argument("folder", metavar="DIR", help="folder of the crawl")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    status.set_defaults(run=_status)


def _add_hosts(parser: argparse.ArgumentParser, option: str, says: str) -> None:
    parser.add_argument(option, action="append", default=[], metavar="HOST,...", help=f"{says}; may be repeated")


def _settings(arguments: argparse.Namespace) -> CrawlSettings:
    from govreport.crawl import CrawlSettings

    given: dict[str, Any] = {}
    for option, _, _ in _NUMBERS:
        name = option.removeprefix("--").replace("-", "_")
        value = getattr(arguments, name)
        if value is not None:
            given[_RENAMED.get(name, name)] = value
    for name in ("hosts", "unverified_hosts"):
        given[name] = tuple(chain.from_iterable(text.split(",") for text in getattr(arguments, name)))
    for name in ("contact", "allow_private", "ignore_robots", "retry_failed"):
        given[name] = getattr(arguments, name)
    return CrawlSettings(**given)


def _crawl(arguments: argparse.Namespace) -> int:
    from govreport.crawl import crawl_sites, read_status

    settings = _settings(arguments)
    if arguments.dry_run:
        return _dry_run(arguments, settings)
    if not arguments.output:
        raise UsageError("crawl needs a folder for archive and state: -o DIR (or --dry-run, which keeps nothing)")
    if not arguments.quiet:
        tell(f"as {settings.agent}")
    bar = False if arguments.quiet else None
    try:
        status = crawl_sites(arguments.urls, arguments.output, settings, progress=bar)
    except KeyboardInterrupt:
        if not arguments.quiet:
            tell(read_status(arguments.output).text())
        raise
    if not arguments.quiet:
        tell(status.text())
    return UNREAD if status.unmet else DONE


def _dry_run(arguments: argparse.Namespace, settings: CrawlSettings) -> int:
    from govreport.crawl import preview_crawl, preview_folder

    print(f"as {settings.agent}")
    print(
        f"at most {settings.depth} links deep, {settings.max_pages:,} requests, {settings.max_pages_per_host:,} a "
        f"host, {settings.delay_seconds:g} seconds or more between two requests to a host"
    )
    if arguments.urls:
        _print_preview(preview_crawl(arguments.urls, settings))
    if not arguments.urls or (arguments.output and Path(arguments.output).is_dir()):
        print(f"What the crawl in {arguments.output} would go on with (nothing was asked for that):")
        _print_preview(preview_folder(arguments.output))
    return DONE


def _print_preview(preview: Preview) -> None:
    for origin, told in preview.robots:
        print(f"robots.txt of {origin}: {told}")
    for url, told in preview.asked[:_MOST_SHOWN]:
        print(f"asked    {url}  {told}")
    for rank, kind, url, title in preview.wanted[:_MOST_SHOWN]:
        print(f"would ask {rank:3} {kind or 'given':10} {url}  {title}".rstrip())
    for url, reason in preview.refused[:_MOST_SHOWN]:
        print(f"refused  {url}  {reason}")
    print(f"{len(preview.asked):,} asked; {len(preview.wanted):,} to ask for; {len(preview.refused):,} refused")


def _status(arguments: argparse.Namespace) -> int:
    from govreport.crawl import read_status

    status = read_status(arguments.folder)
    print(json.dumps(status.as_data(), ensure_ascii=False) if arguments.json else status.text())
    return DONE
