"""Pictures and scanned pages to paragraphs and grids, by the models of rapidocr; every cell carries its confidence.

Numbers are never mended: what cannot be read surely stands as it was read with a low confidence, ink that says nothing
as "?" with none. ``line`` of paragraphs, grids and cells is the number of their page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from govreport.errors import ReadError
from govreport.model import Block, Document, Origin

if TYPE_CHECKING:
    from PIL.Image import Image

_NEEDED = ("PIL.Image", "numpy", "cv2", "onnxruntime", "rapidocr")


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """A picture file (PNG, JPEG, TIFF with all its pages, BMP, GIF, WebP) as a ``Document``.

    Raises:
        ReadError: a package is missing; the file is damaged, too large, or holds no text.
    """
    _need()
    from govreport.read.ocr.opening import opened, pages_of

    image = opened(content)
    notes: list[str] = []
    named = (image.format or kind).lower()
    document = read_images(pages_of(image, notes), kind=named, sha256=sha256, origin=origin)
    return replace(document, notes=(*notes, *document.notes))


def read_images(images: Iterable[Image], *, kind: str, sha256: str, origin: Origin, first_page: int = 1) -> Document:
    """Pictures of the pages of one report, in order, as a ``Document``; tables go on over the ends of pages.

    Raises:
        ReadError: a package is missing, a picture is damaged or too large, or no page holds text.
    """
    _need()
    from govreport.read.ocr.engine import engine_name
    from govreport.read.ocr.page import seen
    from govreport.read.ocr.pages import assembled

    pages = [seen(image, number) for number, image in enumerate(_checked(images), first_page)]
    made = assembled(pages)
    if not made.blocks:
        raise ReadError(f"a picture with text was expected; none was found on its {len(pages)} pages")
    return Document(
        blocks=tuple(made.blocks),
        reader="ocr",
        encoding="",
        encoding_from="",
        sha256=sha256,
        origin=origin,
        notes=tuple(note for page in pages for note in page.notes) + tuple(made.notes),
        kind=kind,
        engine=engine_name(),
        confidence=made.confidence,
    )


def read_image(image: Image, *, page: int) -> tuple[list[Block], dict[tuple[int, int, int], float]]:
    """Blocks of one page, its grids counted from 1, and how sure each cell is by (grid, row, column).

    Raises:
        ReadError: a package is missing, or the picture is damaged or too large.
    """
    _need()
    from govreport.read.ocr.page import seen
    from govreport.read.ocr.pages import assembled

    made = assembled([seen(picture, page) for picture in _checked([image])])
    return made.blocks, made.confidence


def empty_page() -> Image:
    """A picture of nothing, for a page that only counts."""
    from PIL import Image

    return Image.new("RGB", (64, 64), "white")


def _checked(images: Iterable[Image]) -> Iterator[Image]:
    from govreport.read.ocr.opening import upright

    for image in images:
        yield upright(image)


def _need() -> None:
    """Refuse with the line that installs what is missing.

    Raises:
        ReadError: one of the packages is not installed.
    """
    for name in _NEEDED:
        try:
            import_module(name)
        except ImportError as error:
            raise ReadError(f"pictures need {name.partition('.')[0]}; pip install 'govreport[ocr]'") from error
