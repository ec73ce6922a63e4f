"""Picture files to upright pages in three colours: bounded in pixels and pages, whatever the file says of itself."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from govreport.errors import ReadError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 80_000_000
"""Pixels of one page that are unpacked: a sheet of A3 at 600 dpi. Pillow itself warns from 89 million on."""

MAX_PAGES = 100
"""Pages of one file that are read."""

USEFUL = 10_000_000
"""Pixels of one page to which larger ones are scaled down: A4 at 300 dpi has 8.7 million. Twice as many are kept of a
picture that is much longer than wide: several pages follow each other on it."""

_SEVERAL_PAGES = 3.0  # times longer than wide

_DRAFT = 3_000  # pixels: JPEG files are unpacked at a half or a quarter of their size, not below this

_LONGEST_SHAPE = 40  # how many times longer than wide a page may be; reports were saved as one long picture of a screen
_PAGED = ("TIFF", "MPO")

# What Pillow raises on damaged files, by format; warnings, where the user makes errors of them.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError, struct.error,
           zlib.error, MemoryError, RuntimeError, UserWarning)  # fmt: skip


def opened(content: bytes) -> Image.Image:
    """A picture file with its size known and nothing unpacked yet.

    Raises:
        ReadError: the file is damaged, of another kind, or so large that Pillow refuses it.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(content))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ReadError(f"the picture is too large to unpack ({error}); scale it down") from error
    except UnidentifiedImageError as error:
        raise ReadError("a picture (PNG, JPEG, TIFF, BMP, GIF, WebP) was expected; the file is damaged") from error
    except _DAMAGE as error:
        raise _damaged(error) from error


def pages_of(image: Image.Image, notes: list[str]) -> Iterator[Image.Image]:
    """The pages of a picture file, one after the other; only TIFF files have several, of a moving picture one is taken.

    Each is to be made upright before the next is asked for.

    Raises:
        ReadError: the file is damaged, or has too many pages.
    """
    several = image.format in _PAGED
    if not several and getattr(image, "is_animated", False):
        notes.append("only the first of the pictures that follow each other in the file was read")
    for number in range(MAX_PAGES + 1):
        if number and not (several and _seek(image, number)):
            return
        if number == MAX_PAGES:
            raise ReadError(f"the picture file has more than {MAX_PAGES} pages; split it into reports")
        yield image


def _seek(image: Image.Image, number: int) -> bool:
    try:
        image.seek(number)
    except EOFError:
        return False
    except _DAMAGE as error:
        raise _damaged(error) from error
    return True


def _damaged(error: BaseException) -> ReadError:
    return ReadError(f"the picture is damaged or cut off ({type(error).__name__}: {error}); copy it again")


def upright(image: Image.Image) -> Image.Image:
    """A picture in three colours of eight bits, turned as its camera says, on white where it is transparent.

    Raises:
        ReadError: the picture is damaged, too large, or no page at all.
    """
    from PIL import ImageOps

    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ReadError(
            f"the picture has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are read. Scale it down: "
            "a page needs 2,500 x 3,500"
        )
    if max(width, height) > _LONGEST_SHAPE * max(1, min(width, height)):
        raise ReadError(f"a page was expected; the picture is a stripe of {width:,} x {height:,} pixels")
    try:
        image.draft("RGB", (_DRAFT, _DRAFT))
        image.load()
        return _scaled(_on_white(_eight_bits(ImageOps.exif_transpose(image))))
    except _DAMAGE as error:
        raise _damaged(error) from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pictures of 16 or 32 bits a colour as grey of eight: the lightest that occurs becomes white."""
    if image.mode not in ("F", "I") and not image.mode.startswith("I;"):
        return image
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    low = min(0.0, low) if high > 0 else low
    return Image.fromarray(((values - low) * (255.0 / max(high - low, 1.0))).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """Not larger than a scan needs to be."""
    from PIL import Image

    width, height = image.size
    useful = 2 * USEFUL if max(width, height) > _SEVERAL_PAGES * min(width, height) else USEFUL
    if width * height <= useful:
        return image
    scale = math.sqrt(useful / (width * height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)
