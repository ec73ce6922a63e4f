"""The command ``inspect``: how a file was understood."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from govreport.cli.common import DONE, UNREAD, tell
from govreport.errors import UsageError


def add_commands(commands: Any) -> None:
    """The commands of this module."""
    inspect = commands.add_parser(
        "inspect", help="show how a file was understood",
        description="Show a file as it was read, the rows of the form that were found in it, what was left over, and "
        "the findings; in the terminal, or as an HTML page with the cells marked.",
    )  # fmt: skip
    inspect.add_argument("source", metavar="FILE", help="file or address")
    inspect.add_argument(
        "--with", dest="files", nargs="+", default=[], metavar="FILE",
        help="files that belong to the page: its attachments, or the pictures that hold its tables, in their order",
    )  # fmt: skip
    inspect.add_argument("--html", metavar="OUT", help="write an HTML page instead")
    inspect.set_defaults(run=_inspect)


def _inspect(arguments: argparse.Namespace) -> int:
    from govreport.fetch import fetch_page
    from govreport.inspection import inspect_document, inspection_page
    from govreport.read import read_document

    source: str = arguments.source
    address = source.lower().startswith(("http://", "https://"))
    page = fetch_page(source) if address else source
    seen = inspect_document(read_document(page, files={name: name for name in arguments.files}))
    if arguments.html:
        target = Path(arguments.html)
        try:
            target.write_text(inspection_page(seen), encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror or error}; choose another place") from error
        tell(f"written: {target}")
    else:
        print(seen.text())
    return DONE if seen.report is not None else UNREAD
