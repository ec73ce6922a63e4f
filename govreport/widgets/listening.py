"""How controls are heard: a person's change once, the changes that follow from it not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from govreport.errors import GovreportError

_log = logging.getLogger(__name__)

Attempt = Callable[[Callable[[], None]], None]
"""Calls what it is given, and tells the person in words if that goes wrong."""


def attempt(call: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Carry out what a person asked for, and tell what goes wrong. Raises nothing."""
    try:
        call()
    except GovreportError as error:
        tell(str(error))
    except Exception as error:  # a callback has no caller: unhandled, a click would simply do nothing
        _log.exception("the explorer could not do what was asked")
        tell(f"{type(error).__name__}: {error}")


class Listening:
    """A group of controls that tells what a person changes and keeps quiet about what the program changes."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._writing = False

    def hear(self, control: Any, call: Callable[[Any], None]) -> None:
        """Have the control's new value passed on when a person has changed it."""

        def heard(change: Any) -> None:
            if not self._writing:
                self._attempt(lambda: call(change["new"]))

        control.observe(heard, names="value")

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Change controls without being heard."""
        before, self._writing = self._writing, True
        try:
            yield
        finally:
            self._writing = before


def fill(control: Any, options: Sequence[Any], value: Any) -> None:
    """Options and value of a control in one message, and no message where nothing has changed."""
    with control.hold_sync():
        if list(control.options) != list(options):
            control.options = options
        if control.value != value:
            control.value = value
