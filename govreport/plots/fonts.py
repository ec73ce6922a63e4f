"""Picks a typeface that really has simplified Chinese glyphs, so that no figure shows empty boxes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Heiti SC",
    "STHeiti",
    "SimHei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",
)
"""Typefaces in order of preference. The last two have every glyph, but some in the shapes of other countries."""

PACKAGE = "noto_cjk_sans_otc"
"""A package of PyPI with one font file, Noto Sans CJK under the SIL Open Font License 1.1."""

INSTALL = "pip install noto-cjk-sans-otc, or install a system font such as fonts-noto-cjk"

_PROBE = "政府信息公开年报处罚许可强制复议诉讼不予龙门务"
"""Simplified characters that fonts for Japanese or for traditional Chinese lack or draw otherwise."""


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface: its family name, its file and the number of the face in that file."""

    family: str
    path: str
    index: int = 0

    def characters(self) -> frozenset[int]:
        """Code points that the face has a glyph for."""
        return _characters(self.path, self.index)

    def lacks(self, text: str) -> set[str]:
        """Visible characters of a text that the face has no glyph for."""
        known = self.characters()
        return {c for c in text if not c.isspace() and ord(c) not in known}


@cache
def chinese_face() -> Face | None:
    """The best Chinese typeface of this machine, else the one of the font package, else None.

    A name alone does not count: the face must hold simplified glyphs.
    """
    return _installed_face() or _packaged_face()


def can_write_chinese() -> bool:
    """Whether figures can be labelled in Chinese here. Warns, with what to install, when they cannot."""
    if chinese_face() is not None:
        return True
    warnings.warn(
        f"no typeface with Chinese glyphs was found, so figures are labelled in English; {INSTALL}",
        UserWarning,
        stacklevel=2,
    )
    return False


def _installed_face() -> Face | None:
    entries = {entry.name: entry for entry in reversed(font_manager.fontManager.ttflist)}
    for family in FAMILIES:
        if (entry := entries.get(family)) and Path(entry.fname).is_file():
            face = Face(family, entry.fname, int(getattr(entry, "index", 0)))
            if not face.lacks(_PROBE):
                return face
    return None


def _packaged_face() -> Face | None:
    try:
        import_module(PACKAGE)
    except ImportError:
        return None
    for file in resources.files(PACKAGE).iterdir():
        if file.name.endswith((".ttc", ".otf", ".ttf")):
            font_manager.fontManager.addfont(str(file))
    return _installed_face()


@cache
def _characters(path: str, index: int) -> frozenset[int]:
    # Only matplotlib 3.11 and later opens the further faces of a collection; earlier ones list the first alone.
    font = FT2Font(path, face_index=index) if index else FT2Font(path)
    return frozenset(font.get_charmap())
