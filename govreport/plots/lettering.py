"""Letters as outlines: each is shaped once and kept, and a figure draws all its labels in a few strokes.

matplotlib shapes and rasterises every letter of every ``Text`` again, which is most of the time that a figure with
Chinese labels takes. Here a label is a path put together from kept outlines, and its width is known before anything is
drawn, so that labels can be given the room they need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, Transform

from govreport.plots.fonts import Face, chinese_face

Align = Literal["left", "center", "right"]

_EM = 100  # points: the size at which outlines are read
_SHARE = {"left": 0.0, "center": 0.5, "right": 1.0}
_MIDDLE = 0.37  # ems from the baseline to the middle of figures, capitals and Chinese characters
_GETA = "〓"  # what Chinese and Japanese printers set for a sign they have no type for
_TOKEN = re.compile(r"\s+|[!-~–—‘’]+[，。；：、）”！？》]*|[（“《]*.[，。；：、）”！？》]*")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+")


class Label(NamedTuple):
    """A piece of text and its place: a point in some coordinates, and from there so many points (1/72 inch).

    The text is centred on the point from top to bottom; ``align`` says which end of it is at the point.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str
    align: Align = "left"
    dx: float = 0.0
    dy: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Glyph:
    """A letter at a size of one: its outline, and how far the next letter is."""

    vertices: np.ndarray
    codes: np.ndarray
    advance: float


class Lettering(PathCollection):
    """Many labels as one artist. ``labels`` holds what is written, for tests and for reading aloud."""

    def __init__(self, labels: Sequence[Label], coords: Transform, figure: Figure) -> None:
        self.labels = tuple(labels)
        self._figure = figure
        super().__init__(
            [_outline(label) for label in labels],
            offsets=np.array([(label.x, label.y) for label in labels], dtype=float).reshape(-1, 2),
            offset_transform=coords,
            facecolors=[label.colour for label in labels],
            linewidths=0,
            snap=False,
            clip_on=False,
            zorder=5,
        )
        self.set_transform(Affine2D().scale(1 / 72) + figure.dpi_scale_trans)

    def boxes(self) -> list[Bbox]:
        """The box of each label in pixels, as tall as its letters may be."""
        dots = self._figure.dpi / 72
        at = self.get_offset_transform().transform(np.asarray(self.get_offsets(), dtype=float))
        return [
            Bbox(np.array([[x0, y0], [x1, y1]]) * dots + place)
            for (x0, y0, x1, y1), place in zip(map(_extent, self.labels), at, strict=True)
        ]


def write(where: Figure | Axes, labels: Iterable[Label], coords: Transform) -> Lettering:
    """Draws labels on a figure or axes, their points given in some coordinates such as ``ax.transData``."""
    figure = where if isinstance(where, Figure) else where.figure.get_figure(root=True)
    made = Lettering(list(labels), coords, figure)
    where.add_artist(made)
    return made


def clean(text: str) -> str:
    r"""A text from a page on one line, without signs that cannot be seen or that turn the direction of reading.

    >>> clean(" a\n\u202eb ")
    'a b'
    """
    return _UNSEEN.sub(" ", text).strip()


def width(text: str, size: float) -> float:
    """Width of a text in points at a size in points."""
    return size * sum(_glyph(c).advance for c in text)


def fit(text: str, size: float, room: float) -> str:
    """The text, cut to so many points with … at its end where it is longer."""
    text = clean(text)
    if width(text, size) <= room:
        return text
    left, kept = room - width("…", size), 0
    for kept, c in enumerate(text):  # noqa: B007
        left -= size * _glyph(c).advance
        if left < 0:
            break
    return text[:kept].rstrip() + "…"


def lines_of(text: str, size: float, room: float) -> list[str]:
    """Lines of a text, none wider than so many points: Chinese breaks anywhere but before closing signs and after
    opening ones, English at blanks.

    >>> lines_of("本图（示例）共 3 份。", 10, 60)
    ['本图（示例）', '共 3 份。']
    """
    lines, line, left = [], "", room
    for token in _TOKEN.findall(clean(text)):
        wide = width(token, size)
        if line and wide > left and not token.isspace():
            lines.append(line.rstrip())
            line, left = "", room
        line, left = line + token, left - wide
    return [*lines, line.rstrip()] if line.strip() else lines


def _extent(label: Label) -> tuple[float, float, float, float]:
    wide = width(label.text, label.size)
    x = label.dx - _SHARE[label.align] * wide
    return x, label.dy - 0.5 * label.size, x + wide, label.dy + 0.5 * label.size


def _outline(label: Label) -> Path:
    glyphs = [_glyph(c) for c in label.text]
    starts = np.cumsum([0.0, *(g.advance for g in glyphs)])
    x = label.dx - _SHARE[label.align] * starts[-1] * label.size
    seen = [(g, at) for g, at in zip(glyphs, starts, strict=False) if len(g.codes)]
    if not seen:
        return Path(np.zeros((1, 2)), [Path.MOVETO])
    vertices = np.concatenate([g.vertices for g, _ in seen]) * label.size
    vertices[:, 0] += np.repeat([at for _, at in seen], [len(g.codes) for g, _ in seen]) * label.size + x
    vertices[:, 1] += label.dy - _MIDDLE * label.size
    return Path(vertices, np.concatenate([g.codes for g, _ in seen]))


@lru_cache(maxsize=8192)
def _glyph(character: str) -> _Glyph:
    for face in _faces():
        if ord(character) in face.characters():
            return _read(face, character)
    return _glyph(_GETA if any(ord(_GETA) in face.characters() for face in _faces()) else "?")


def _read(face: Face, character: str) -> _Glyph:
    font = _open(face)
    glyph = font.load_char(ord(character), LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    # Not the list of the font: it is written over when the next letter is read.
    return _Glyph(
        np.array(vertices) / _EM, np.array(codes, dtype=Path.code_type), glyph.linearHoriAdvance / 65536 / _EM
    )


@cache
def _open(face: Face) -> FT2Font:
    font = FT2Font(face.path, face_index=face.index) if face.index else FT2Font(face.path)
    font.set_size(_EM, 72)
    return font


@cache
def _faces() -> tuple[Face, ...]:
    latin = Face("DejaVu Sans", str(font_manager.findfont("DejaVu Sans")))
    chinese = chinese_face()
    return (chinese, latin) if chinese else (latin,)
