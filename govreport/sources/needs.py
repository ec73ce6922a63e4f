"""Files that cannot be read because a package or program is missing: counted under one reason, tried again later."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

from govreport.errors import GovreportError
from govreport.forms import read_csv


class _Need(NamedTuple):
    words: str
    reason: str
    modules: tuple[str, ...]
    programs: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        found = all(find_spec(name) is not None for name in self.modules)
        return found and (not self.programs or any(shutil.which(name) for name in self.programs))


def not_installed(error: GovreportError) -> str:
    """What is missing, if a reader refused a file for that alone: one sentence for all such files; else empty.

    >>> from govreport.errors import ReadError
    >>> not_installed(ReadError("PDF files need pypdfium2; pip install 'govreport[pdf]'"))
    "PDF files: their reader is not installed; pip install 'govreport[pdf]'"
    """
    said = str(error)
    return next((need.reason for need in _needs() if need.words in said), "")


def is_not_installed(reason: str) -> bool:
    """Whether this is a reason of ``not_installed``."""
    return any(need.reason == reason for need in _needs())


def is_installed_now(reason: str) -> bool:
    """Whether what was missing is there by now; false for any other reason."""
    return any(need.reason == reason and need.is_met for need in _needs())


@cache
def _needs() -> tuple[_Need, ...]:
    return tuple(
        _Need(row["words"], row["reason"], tuple(row["modules"].split()), tuple(row["programs"].split()))
        for row in read_csv("source_needs")
    )
