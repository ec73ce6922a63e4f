"""The command ``govreport``: reads reports, checks them, shows the bundled ones, finds links to more.

Exit status: 0 done, 1 done with sources that could not be read, 2 wrong use.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from govreport.cli import analysing, collecting, crawling, inspecting, reading, showing
from govreport.cli.common import BROKEN_OFF, DONE, UNREAD, WRONG_USE, tell
from govreport.errors import GovreportError, UsageError


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
        tell(f"govreport: {error}")
        return WRONG_USE
    except GovreportError as error:
        tell(f"govreport: {error}")
        return UNREAD
    except BrokenPipeError:
        # Whoever read the output has gone, for example head; what is still in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        tell("govreport: broken off")
        return BROKEN_OFF


def _speak_utf8(*streams: TextIO) -> None:
    """Chinese comes out whole whatever the terminal's settings; half characters of broken pages become "?"."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="govreport",
        description="Government information disclosure annual reports (政府信息公开工作年度报告) as tidy data.",
        epilog="Exit status: 0 done, 1 done with sources that could not be read, 2 wrong use.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    for part in (reading, inspecting, collecting, analysing, showing, crawling):
        part.add_commands(commands)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        import govreport

        print(f"govreport {govreport.__version__}")
        parser.exit()
