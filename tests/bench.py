"""Speed side by side in one run, as ratios: `make bench`.

Every page is read whole by us (bytes to a checked Report), by ``pandas.read_html`` with both its parsers (bytes to raw
grids of strings, no meaning), and by the bare HTML parser. The runs are interleaved, so that a busy machine slows all
alike; a ratio below 1 means that we are faster.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from selectolax.lexbor import LexborHTMLParser

import govreport as gr
from govreport.synthetic import LAYOUTS, invent, render

ROUNDS = 15
HTML_LAYOUTS = ("html_word", "html_furniture", "html_nested", "html_gbk")
TEXT_LAYOUTS = ("text_pipes", "text_one_line", "text_tabbed_cells")


def parse(content: bytes) -> gr.Report:
    """Bytes to a checked report."""
    return gr.parse_report(gr.read_document(content))


def grids(content: bytes, codec: str, flavor: str) -> list[pd.DataFrame]:
    """The baseline: raw grids of strings."""
    return pd.read_html(io.StringIO(content.decode(codec)), flavor=flavor)


def interleaved(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds of each call, one call of each kind a round."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - start) * 1e3)
    return times


def ratio(times: dict[str, list[float]], name: str, base: str) -> float:
    """Median of the ratios of runs side by side."""
    return statistics.median(a / b for a, b in zip(times[name], times[base], strict=True))


def sample_pages(layouts: tuple[str, ...]) -> dict[str, bytes]:
    """Invented reports, one a layout, with the prose and markup of real pages."""
    import random

    pages = {}
    for number, layout in enumerate(layouts):
        values = invent("2021", random.Random(number), 500)
        pages[layout] = render(values, "2021", layout, agency="示例市虚构区测试局", year=2023)
    return pages


def bench_html() -> list[float]:
    """One line a layout; returns the ratios against read_html with lxml."""
    print("HTML pages, one at a time (milliseconds are of this machine, ratios are what counts)")
    ratios = []
    for layout, page in sample_pages(HTML_LAYOUTS).items():
        codec = LAYOUTS[layout].encoding
        text = page.decode(codec)
        times = interleaved(
            {
                "govreport": lambda page=page: parse(page),
                "read_html lxml": lambda page=page, codec=codec: grids(page, codec, "lxml"),
                "bare parser": lambda text=text: LexborHTMLParser(text),
            }
        )
        slow = interleaved(
            {
                "govreport": lambda page=page: parse(page),
                "read_html bs4": lambda page=page, codec=codec: grids(page, codec, "bs4"),
            },
            rounds=3,
        )
        ratios.append(ratio(times, "govreport", "read_html lxml"))
        print(
            f"  {layout:<18} {len(page) / 1024:5.0f} KB  {statistics.median(times['govreport']):5.2f} ms"
            f"  x read_html(lxml) {ratios[-1]:.2f}  x read_html(bs4) {ratio(slow, 'govreport', 'read_html bs4'):.3f}"
            f"  x bare parser {ratio(times, 'govreport', 'bare parser'):.1f}"
        )
    return ratios


def bench_text() -> list[float]:
    """Milliseconds of text reports: invented ones, and the real examples where they are at hand."""
    print("Text reports")
    pages = sample_pages(TEXT_LAYOUTS)
    seeds = Path(__file__).parent.parent.parent / "shared" / "seeds"
    pages |= {path.name[:12]: path.read_bytes() for path in sorted(seeds.glob("*.txt"))}
    medians = []
    for name, page in pages.items():
        times = interleaved({"govreport": lambda page=page: parse(page)}, rounds=40)
        medians.append(statistics.median(times["govreport"]))
        print(f"  {name:<18} {len(page) / 1024:5.0f} KB  {medians[-1]:5.2f} ms")
    return medians


def bench_import() -> float:
    """Start-up of ``import govreport`` against ``import pandas``, fresh processes side by side."""
    times: dict[str, list[float]] = {"govreport": [], "pandas": []}
    for _ in range(5):
        for name, seen in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True)
            seen.append(time.perf_counter() - start)
    value = min(times["govreport"]) / min(times["pandas"])
    print(f"import govreport takes {value:.2f} x import pandas")
    return value


def bench_explorer(bodies: int = 26_300, updates: int = 200) -> tuple[float, float]:
    """One update of the explorer, view and open figure, on a synthetic panel; and its memory over many updates."""
    from govreport.explore import Board, Selection
    from govreport.plots import (
        distribution_figure,
        outcomes_figure,
        ranking_figure,
        tile_map_figure,
        trend_figure,
        view_png,
    )
    from govreport.synthetic import panel

    board = Board(panel(bodies=bodies, years=(2021, 2024)).frames)
    figures = (trend_figure, ranking_figure, outcomes_figure, distribution_figure, tile_map_figure)
    places = board.places("province", Selection())
    times, resident = [], []
    for number in range(updates):
        selection = Selection(
            province=None if number % 3 else places[number % len(places)],
            measure=("received", "not_held_share", "penalties")[number % 3],
            years=None if number % 2 else (2022, 2024),
        )
        start = time.perf_counter()
        view_png(figures[number % len(figures)](board.view(selection)))
        times.append((time.perf_counter() - start) * 1e3)
        resident.append(_resident_mb())
    middle, growth = statistics.median(times), resident[-1] - resident[updates // 4]
    print(
        f"Explorer on {bodies:,} synthetic bodies over four years: one update {middle:.0f} ms, "
        f"memory over {updates} updates {growth:+.0f} MB"
    )
    return middle, growth


def _resident_mb() -> float:
    """Memory of this process in MB, 0 where the system does not tell."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 1e6 if status.exists() else 0.0


def main() -> int:
    """Print all; exit 1 when a promise is clearly broken, with room for a busy machine."""
    html, text, start = bench_html(), bench_text(), bench_import()
    update, growth = bench_explorer()
    kept = max(html) <= 1.3 and max(text) <= 6 and start <= 1.4 and update <= 300 and growth <= 60
    print("promises: page no slower than read_html(lxml), text in 2 ms, import within 1.2 x pandas, update in 150 ms")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
