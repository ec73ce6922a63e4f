"""Commands that show something: ``demo``, ``figures``, ``dashboard``, ``dictionary`` and ``find``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govreport.cli.common import DONE, WRONG_USE
from govreport.cli.reading import findings_of, print_findings

if TYPE_CHECKING:
    from govreport.frames import Frames


def add_commands(commands: Any) -> None:
    """The commands of this module."""
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


def _demo(arguments: argparse.Namespace) -> int:
    import pandas as pd

    from govreport.bundled import sample

    print("The bundled reports are read from their pages, as your own would be: gr.sample()\n")
    frames = sample()
    print(frames, "\n")
    with pd.option_context("display.width", 160, "display.max_columns", 9, "display.max_colwidth", 40):
        for name in ("reports", "disclosure", "applications", "litigation"):
            print(f"frames.{name}.head(3)\n{getattr(frames, name).head(3)}\n")
    print_findings(frames, [f for f in findings_of(frames) if f["severity"] != "info"])
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
