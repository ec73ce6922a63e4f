"""Pictures of report pages: PDF files of real programs drawn by pdftoppm, and sheets that look used.

``python tests/make_pictures.py`` makes the files in ``tests/containers/pictures`` again. Text and frames of the pages
are those of ``govreport.synthetic``; the figures are those of the bundled real reports.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from make_pdf import WAYS, cases, make
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
FOLDER = HERE / "containers" / "pictures"
PDFTOPPM = shutil.which("pdftoppm") or ""
CASES = {case.name: case for case in cases()}
BY_NAME = {way.name: way for way in WAYS}
SCREEN = BY_NAME["collapsed"]._replace(name="screen", css=BY_NAME["collapsed"].css.replace("A4", "210mm 760mm"))
"""A page that is not cut, as on a screen: its tables become pictures of their own."""

_SCREEN_DPI = 110
_LEAST_HIGH = 60


def drawn(pdf: Path, dpi: int) -> list[Image.Image]:
    """The pages of a PDF file as pictures."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PDFTOPPM, "-r", str(dpi), "-png", str(pdf), str(Path(folder) / "page")]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return [Image.open(path).convert("RGB") for path in sorted(Path(folder).iterdir())]


def printed(case: str, way: str, dpi: int) -> list[Image.Image]:
    """The pages of a report, written by the tools of one way."""
    with tempfile.TemporaryDirectory() as folder:
        made = make([(CASES[case], BY_NAME[way])], Path(folder))
        return drawn(made[case, way], dpi)


def tables(case: str) -> list[Image.Image]:
    """The tables of a report as pictures, as pages show them that have no table in their text."""
    with tempfile.TemporaryDirectory() as folder:
        made = make([(CASES[case], SCREEN)], Path(folder))
        (page,) = drawn(made[case, SCREEN.name], _SCREEN_DPI)
    dark = np.asarray(page.convert("L")) < 128
    side = int(dark[:, : dark.shape[1] // 4].sum(axis=0).argmax())  # the left rule, which all tables share
    rows = np.flatnonzero(dark[:, side])
    cuts = np.flatnonzero(np.diff(rows) > 1)
    spots = zip(np.r_[rows[0], rows[cuts + 1]].tolist(), np.r_[rows[cuts], rows[-1]].tolist(), strict=True)
    return [page.crop((0, top - 8, page.width, bottom + 9)) for top, bottom in spots if bottom - top > _LEAST_HIGH]


def pressed(image: Image.Image, quality: int = 70) -> Image.Image:
    """A picture as a JPEG file gives it back."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return Image.open(file)


def worn(image: Image.Image, seed: int) -> Image.Image:
    """A page as a bad scanner gives it: slanting, soft, grey at one side, with noise, pressed hard."""
    rng = np.random.default_rng(seed)
    leaning = image.convert("RGB").rotate(rng.uniform(-2.5, 2.5), resample=Image.Resampling.BICUBIC, fillcolor="white")
    sheet = cv2.GaussianBlur(np.asarray(leaning), (0, 0), 0.7).astype(np.float64)
    high, wide = sheet.shape[:2]
    shade = np.linspace(0, -35, wide)[None, :, None] + np.linspace(0, -15, high)[:, None, None]
    sheet = sheet * 0.85 + 30 + shade + rng.normal(0, 7, (high, wide, 1))
    return pressed(Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8)).convert("L"), 60)


def photographed(image: Image.Image, seed: int) -> Image.Image:
    """A page as a telephone's camera sees it: askew on a dark table, unevenly lit."""
    rng = np.random.default_rng(seed)
    wide, high = image.size
    table = Image.new("RGB", (wide + wide // 8, high + wide // 8), (92, 98, 104))
    table.paste(image, (wide // 16, wide // 16))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.array(table.size, np.float32)
    moved = (corners + rng.uniform(-0.02, 0.02, (4, 2)) * wide).astype(np.float32)
    askew = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(np.asarray(table), askew, table.size, flags=cv2.INTER_CUBIC, borderValue=(92, 98, 104))
    seen = cv2.GaussianBlur(seen, (0, 0), 0.8).astype(np.float64)
    down, right = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]]
    light = 0.95 - 0.45 * ((right / seen.shape[1] - 0.3) ** 2 + (down / seen.shape[0] - 0.25) ** 2)
    seen = seen * light[..., None] * np.array([1.0, 0.97, 0.9]) + rng.normal(0, 5, seen.shape)
    return pressed(Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)), 80)


def faxed(image: Image.Image, seed: int) -> Image.Image:
    """A page in black and white without shades, with ragged letters and specks."""
    rng = np.random.default_rng(seed)
    grey = cv2.GaussianBlur(np.asarray(image.convert("L")).astype(np.float64), (0, 0), 0.6)
    black = grey + rng.normal(0, 22, grey.shape) <= 150
    return Image.fromarray(~(black | (rng.random(grey.shape) < 0.001)))


def side_by_side(first: Image.Image, second: Image.Image) -> Image.Image:
    """Two pages on one sheet, darker at the fold."""
    sheet = np.hstack([np.asarray(first.convert("RGB")), np.asarray(second.convert("RGB"))]).astype(np.float64)
    shade = 1 - 0.35 * np.exp(-(((np.arange(sheet.shape[1]) - first.width) / 40.0) ** 2))
    return pressed(Image.fromarray((sheet * shade[None, :, None]).astype(np.uint8)), 80)


def sealed(image: Image.Image) -> Image.Image:
    """A page with two red seals over its tables."""
    wide, high = image.size
    seal = Image.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(seal)
    for x, y in ((0.6 * wide, 0.45 * high), (0.75 * wide, 0.75 * high)):
        r = 0.12 * wide
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(215, 30, 30), width=7)
        pen.regular_polygon((x, y, 0.35 * r), 5, fill=(225, 40, 40))
    both = np.asarray(image.convert("RGB")).astype(np.int64) * np.asarray(seal) // 255
    return Image.fromarray(both.astype(np.uint8))


def dark_header(image: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    """A page on which a rectangle carries light signs on dark blue."""
    sheet = np.asarray(image.convert("RGB")).copy()
    part = sheet[top:bottom, left:right]
    part[:] = np.where(part.mean(axis=2, keepdims=True) < 128, 255, np.array([30, 70, 140]))
    return Image.fromarray(sheet)


def main() -> None:
    """Write the kept files again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = printed("suqian-2023", "office", 150)
    _save_pages(pages, FOLDER / "suqian-2023.office.150.tif")
    pages[1].quantize(16).save(FOLDER / "suqian-2023.page-2.png", optimize=True)
    for number, picture in enumerate(tables("huaian-2024"), 1):
        picture.quantize(16).save(FOLDER / f"huaian-2024.table-{number}.png", optimize=True)
    worn(printed("seed-000", "collapsed", 150)[1], 7).save(FOLDER / "seed-000.worn.jpg", quality=60)


def _save_pages(pages: Sequence[Image.Image], path: Path) -> None:
    grey = [page.convert("L").quantize(8) for page in pages]
    grey[0].save(path, save_all=True, append_images=grey[1:], compression="tiff_deflate")


if __name__ == "__main__":
    sys.exit(main())
