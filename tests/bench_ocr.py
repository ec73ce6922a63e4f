"""Time and memory of the reader of pictures beside rapidocr's own pass over the same pages, in one run.

``python tests/bench_ocr.py [FILE...]`` prints for each file the processor seconds of both, their ratio, and the peaks
of memory. Each side runs in a process of its own, with the same number of threads; loading the models counts for
neither.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

KEPT = Path(__file__).parent / "containers" / "pictures"
MOST = 1.3
"""Times rapidocr's own seconds, and its memory, that the reader may take."""


def bare(path: Path) -> float:
    """Processor seconds of rapidocr for all pages of a file."""
    import numpy as np
    import rapidocr
    from PIL import Image, ImageSequence

    threads = {f"EngineConfig.onnxruntime.{name}_op_num_threads": n for name, n in (("intra", 2), ("inter", 1))}
    engine = rapidocr.RapidOCR(params={"Global.log_level": "error", **threads})
    engine(np.full((200, 200, 3), 255, np.uint8))
    pages = [np.asarray(page.convert("RGB")) for page in ImageSequence.Iterator(Image.open(path))]
    start = time.process_time()
    for page in pages:
        engine(page)
    return time.process_time() - start


def own(path: Path) -> float:
    """Processor seconds of the reader for a file."""
    import numpy as np

    import govreport as gr
    from govreport.read.ocr import engine

    blank = np.full((200, 200, 3), 255, np.uint8)
    engine.detect(blank)
    engine.recognise([blank])
    start = time.process_time()
    gr.read_document(path)
    return time.process_time() - start


def measured(side: str, path: Path) -> tuple[float, int]:
    """Seconds and peak of memory in megabytes of one side, in a process of its own."""
    run = subprocess.run([sys.executable, __file__, f"--{side}", str(path)], capture_output=True, text=True, check=True)
    seconds, peak = json.loads(run.stdout.splitlines()[-1])
    return seconds, peak


def main(arguments: list[str]) -> int:
    """Measure files; gives 1 where a ratio is above the limit."""
    if arguments[:1] in (["--bare"], ["--own"]):
        seconds = (bare if arguments[0] == "--bare" else own)(Path(arguments[1]))
        print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
        return 0
    worst = 0.0
    for path in [Path(a) for a in arguments] or sorted(p for p in KEPT.iterdir() if p.is_file()):
        (theirs, their_peak), (ours, our_peak) = measured("bare", path), measured("own", path)
        worst = max(worst, ours / theirs, our_peak / their_peak)
        print(f"{path.name:30} rapidocr {theirs:6.1f} s {their_peak:5} MB   read_document {ours:6.1f} s {our_peak:5} MB"
              f"   ratios {ours / theirs:4.2f} {our_peak / their_peak:4.2f}")  # fmt: skip
    print(f"worst ratio {worst:.2f} (at most {MOST})")
    return int(worst > MOST)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
