"""What the commands share: exit statuses, a word to the person, the sources argument."""

from __future__ import annotations

import argparse
import sys

DONE, UNREAD, WRONG_USE, BROKEN_OFF = 0, 1, 2, 130


def tell(message: str) -> None:
    """A line for the person, not for the program that reads the output."""
    print(message, file=sys.stderr)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The sources that most commands take."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, pattern, archive or address")
