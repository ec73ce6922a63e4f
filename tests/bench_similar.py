"""Near-copies at scale: time, memory and recall on invented texts with planted copies.

    python tests/bench_similar.py --reports 100000

Promised for 100,000 reports on one machine: 5 minutes, 4 GB, recall of 0.98 or more on copies of 80% similarity. Memory
is the most that this process ever held, the texts themselves and their making included; time is that of
``find_similar`` alone. Exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import pandas as pd

from govreport.analysis.identical import identical_tables
from govreport.analysis.similar import find_similar
from govreport.analysis.similar_groups import similar_groups
from govreport.synthetic import panel
from govreport.synthetic.panel_texts import InventedTexts, invented_texts

MINUTES, GIGABYTES, RECALL = 5.0, 4.0, 0.98


def memory() -> float:
    """Most memory so far in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def recall(made: InventedTexts, pairs: pd.DataFrame) -> pd.Series:
    """Share of the planted copies that are among the pairs, by section and kind."""
    found = {(frozenset((a, b)), s) for a, b, s in pairs[["report_id", "other_id", "section"]].to_numpy()}
    keys = made.truth[["report_id", "other_id", "section"]].to_numpy()
    hit = pd.Series([(frozenset((a, b)), s) in found for a, b, s in keys], index=made.truth.index)
    return pd.concat([hit.groupby([made.truth["section"], made.truth["kind"]]).mean(), pd.Series({"all": hit.mean()})])


def main() -> int:
    """Measure, print, and compare with the promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--copies", type=float, default=0.02, help="share of reports that are copied from")
    parser.add_argument("--crowd", type=float, default=0.3, help="share of bodies that print the same paragraphs")
    parser.add_argument("--template", type=float, default=0.02, help="share of bodies with one text of section five")
    parser.add_argument("--tables", action="store_true", help="also measure identical_tables (needs 6 GB at 100,000)")
    asked = parser.parse_args()
    start = time.perf_counter()
    made = invented_texts(asked.reports, seed=1, copies=asked.copies, crowd=asked.crowd, template=asked.template)
    characters = int(made.frames.sections["text"].str.len().sum())
    print(f"{asked.reports:,} reports, {characters / 1e6:.0f} million characters, {len(made.truth):,} copies planted")
    print(f"made in {time.perf_counter() - start:.0f} s, memory up to {memory():.2f} GB")
    start, used = time.perf_counter(), time.process_time()
    pairs = find_similar(made.frames)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak, shares = memory(), recall(made, pairs)
    print(
        f"find_similar: {seconds:.0f} s ({used:.0f} s of processor), memory up to {peak:.2f} GB, {len(pairs):,} pairs"
    )
    print(f"  {pairs.attrs}")
    print(shares.round(4).to_string())
    start = time.perf_counter()
    groups = similar_groups(made.frames, pairs)
    print(f"similar_groups: {time.perf_counter() - start:.1f} s, {len(groups):,} groups of several bodies")
    if asked.tables:
        tables(asked.reports)
    kept = used <= MINUTES * 60 and peak <= GIGABYTES and shares["all"] >= RECALL
    promises = f"{MINUTES:g} minutes of processor, {GIGABYTES:g} GB, recall {RECALL}"
    print(f"promises for 100,000 reports ({promises}): {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


def tables(reports: int) -> None:
    """Identical tables of an invented panel."""
    made = panel(reports // 4, (2021, 2024), seed=1)
    start = time.perf_counter()
    found = identical_tables(made.frames)
    print(
        f"identical_tables on {len(made.frames):,} reports: {time.perf_counter() - start:.1f} s, {len(found)} in groups"
    )


if __name__ == "__main__":
    sys.exit(main())
