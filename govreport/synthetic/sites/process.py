"""The web as a process of its own: its ports and its truth in one file, its log in another."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from govreport.errors import UsageError
from govreport.synthetic.sites.host import Site, Target, Trap, Trouble
from govreport.synthetic.sites.styles import STYLES
from govreport.synthetic.sites.web import Hit, LocalWeb, local_web

_CHECK = 0.5  # seconds between two looks whether to stop: no signal interrupts a wait on every system


class Ports(NamedTuple):
    """What a port file says: the process, the seed, sites and truth as ``LocalWeb`` has them."""

    pid: int
    seed: int
    outside_url: str
    sites: tuple[Site, ...]
    truth: tuple[Target, ...]


def read_ports(path: Path) -> Ports:
    """Read the file that ``python -m govreport.synthetic.sites --port-file`` wrote.

    Raises:
        UsageError: the file is not there (yet), or is another kind of file.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        sites = tuple(_site(one) for one in facts["sites"])
        return Ports(
            facts["pid"], facts["seed"], facts["outside_url"], sites, tuple(Target(*t) for t in facts["truth"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is no port file of the local web ({error!r}); wait until the web has started"
        ) from error


def _site(facts: dict[str, Any]) -> Site:
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    made["traps"] = tuple(Trap(*trap) for trap in facts["traps"])
    return Site(**made)


def read_log(path: Path) -> list[Hit]:
    """Read a log, in order. A line that is still being written is left out.

    Raises:
        UsageError: the file is not there, or is another kind of file.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [Hit(**json.loads(line)) for line in lines if line.endswith("\n")]
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} is no log of the local web ({error!r})") from error


def write_ports(web: LocalWeb, path: Path) -> None:
    """Write ports and truth, so that whoever sees the file sees it whole."""
    facts = Ports(os.getpid(), web.seed, web.outside_url, web.sites, web.truth)._asdict()
    facts["sites"] = [asdict(site) for site in web.sites]
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    draft.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit status."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        names = options.sites.split(",") if options.sites else None
        trouble = Trouble(
            **{name: value for name in Trouble.__slots__ if (value := getattr(options, name)) is not None}
        )
        with local_web(options.seed, names, trouble=trouble, own_hosts=options.own_hosts, log_file=options.log) as web:
            write_ports(web, options.port_file)
            while not stop.wait(_CHECK):
                pass
    except (UsageError, OSError) as error:
        print(f"the local web cannot run: {error}")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m govreport.synthetic.sites",
        description="small invented government sites on this machine, until SIGTERM or Ctrl-C",
        epilog=f"styles: {', '.join(STYLES)}",
    )
    parser.add_argument("--port-file", type=Path, required=True, help="written when the sites answer: ports and truth")
    parser.add_argument("--log", type=Path, help="requests are added here, a JSON object a line")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sites", help="styles, separated by commas; all without it")
    parser.add_argument("--own-hosts", action="store_true", help="each site on an address of its own in 127.0.1.*")
    for name in Trouble.__slots__:
        kind = type(getattr(Trouble(), name))
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"default {getattr(Trouble(), name)}")
    return parser
