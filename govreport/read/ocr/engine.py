"""The recogniser, loaded once and kept quiet: rapidocr with the Chinese models that come in its package.

Nothing is fetched from the network: the three model files are named by path, and a missing one is an error.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from govreport.errors import ReadError

Image = Any
"""An array of height x width x 3 bytes."""

_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_MOST_THREADS = 4
_BATCH = 8
_NARROWEST = 96  # pixels at the model's height of 48; rapidocr's own 320 makes it read mostly white in narrow cells
_LONGEST_SIDE = 8_000  # pixels in which text is looked for; how many at once is up to the caller


class Read(NamedTuple):
    """What stands in a crop.

    Attributes:
        text: what it says, empty for nothing.
        sure: how sure the model is of its least sure character, 0 to 1.
        mean: how sure it is of all of them.
        centres: where the middle of each character lies, as a share of the crop's width.
    """

    text: str
    sure: float
    mean: float
    centres: list[float]


_lock = threading.Lock()
_loaded: list[Any] = []


def engine() -> Any:
    """The recogniser, made on first use.

    Raises:
        ReadError: rapidocr, onnxruntime or one of the models is not installed.
    """
    with _lock:
        if not _loaded:
            _loaded.append(_load())
        return _loaded[0]


def engine_name() -> str:
    """Library and version, for the record."""
    return f"rapidocr {version('rapidocr')}"


def _load() -> Any:
    try:
        import rapidocr
        from rapidocr.utils.log import logger
    except ImportError as error:
        raise ReadError("pictures need rapidocr and onnxruntime; pip install 'govreport[ocr]'") from error
    folder = Path(rapidocr.__file__).parent / "models"
    missing = [name for name in _MODELS.values() if not (folder / name).is_file()]
    if missing:
        raise ReadError(
            f"rapidocr {version('rapidocr')} lacks {', '.join(missing)}, and nothing is fetched from the network. "
            "Install rapidocr 3.10 or newer: pip install 'govreport[ocr]'"
        )
    logger.setLevel(logging.ERROR)
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    params: dict[str, Any] = {f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()}
    params |= {
        "Global.log_level": "error",
        "Global.return_word_box": True,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Rec.rec_img_shape": [3, 48, _NARROWEST],
        "Rec.rec_batch_num": _BATCH,
        "Det.limit_type": "max",
        "Det.limit_side_len": _LONGEST_SIDE,
    }
    return rapidocr.RapidOCR(params=params)


def recognise(crops: Sequence[Image]) -> list[Read]:
    """Texts of single lines. Crops that are the same in every pixel are read once."""
    places: dict[tuple[Any, bytes], list[int]] = {}
    for number, crop in enumerate(crops):
        places.setdefault((crop.shape, crop.tobytes()), []).append(number)
    if not places:
        return []
    found = engine().recognize_txt([crops[same[0]] for same in places.values()])
    made = [Read("", 0.0, 0.0, [])] * len(crops)
    for text, score, words, same in zip(found.txts, found.scores, found.word_results, places.values(), strict=True):
        if not text:
            continue
        read = Read(text, float(min([score, *(words.confs or [])])), float(score), _centres(text, words))
        for number in same:
            made[number] = read
    return made


def _centres(text: str, words: Any) -> list[float]:
    """Middle of each character by the step of the model that gave it; blanks lie between their neighbours."""
    steps = iter([step for word in words.word_cols for step in word])
    length = max(1.0, float(words.line_txt_len))
    made = [-1.0 if char.isspace() else (next(steps) + 0.5) / length for char in text]
    for number, at in enumerate(made):
        if at < 0:
            made[number] = (made[number - 1] if number else 0.0) + 0.01
    return made


def detect(image: Image) -> Any:
    """Corners of lines of text in a picture, an array of n x 4 x 2; None where there is none."""
    return engine()._load_det_model()(image).boxes
