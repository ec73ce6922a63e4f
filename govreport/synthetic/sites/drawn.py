"""A PDF file of lines and ruled tables, with a Chinese font that every viewer brings, none of it embedded."""

from __future__ import annotations

from govreport.synthetic.sheet import Box, Sheet, spread

WIDTH, HEIGHT = 1191, 1684  # points; A2, so that each table stands on one page
_MARGIN = 50
_SIZE, _LEADING = 12, 20
_SMALL, _TIGHT, _PADDING = 9, 12, 4

_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 5 0 R /DW 1000 /W [1 95 500] "
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
    "/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
)


class Drawing:
    """A document that is written from top to bottom; a table that does not fit begins another page."""

    def __init__(self) -> None:
        self._pages: list[list[str]] = [[]]
        self._top = float(_MARGIN)

    def line(self, text: str) -> None:
        """A paragraph, as many lines as it takes."""
        for part in _wrapped(text, WIDTH - 2 * _MARGIN, _SIZE):
            self._room(_LEADING)
            self._write(part, _MARGIN, self._top + _SIZE, _SIZE)
            self._top += _LEADING

    def table(self, sheet: Sheet) -> None:
        """A table with all its rules."""
        width = (WIDTH - 2 * _MARGIN) / sheet.width
        heights = _heights(sheet, width)
        self._room(sum(heights))
        tops = [self._top + sum(heights[:number]) for number in range(len(heights) + 1)]
        for number, line in enumerate(spread(sheet)):
            for column, spot in enumerate(line):
                if spot.down == spot.right == 0:
                    self._box(spot.box, _MARGIN + column * width, width, tops[number], tops[number + spot.box.rowspan])
        self._top = tops[-1] + _LEADING

    def content(self) -> bytes:
        """The bytes of the file."""
        kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(self._pages)))
        objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>",
            *_FONT,
        ]
        for number, drawn in enumerate(self._pages):
            stream = "\n".join(drawn)
            objects += [
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {7 + 2 * number} 0 R "
                "/Resources << /Font << /F1 3 0 R >> >> >>",
                f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            ]
        return _joined(objects)

    def _room(self, height: float) -> None:
        if self._top + height > HEIGHT - _MARGIN:
            self._pages.append([])
            self._top = float(_MARGIN)

    def _write(self, text: str, left: float, base: float, size: int) -> None:
        code = text.encode("utf-16-be").hex()
        self._pages[-1].append(f"BT /F1 {size} Tf 1 0 0 1 {left:g} {HEIGHT - base:g} Tm <{code}> Tj ET")

    def _box(self, box: Box, left: float, width: float, top: float, bottom: float) -> None:
        right = left + box.colspan * width
        self._pages[-1].append(f"{left:g} {HEIGHT - bottom:g} {right - left:g} {bottom - top:g} re S")
        for number, part in enumerate(_wrapped(box.text, right - left - 2 * _PADDING, _SMALL)):
            self._write(part, left + _PADDING, top + _PADDING + number * _TIGHT + _SMALL, _SMALL)


def _heights(sheet: Sheet, width: float) -> list[float]:
    """Heights of the rows; the last row of a merged cell takes what its text needs beyond the others."""
    heights = [0.0] * len(sheet.rows)
    boxes = [
        (number + spot.box.rowspan - 1, spot.box)
        for number, line in enumerate(spread(sheet))
        for spot in line
        if spot.down == spot.right == 0
    ]
    for last, box in sorted(boxes, key=lambda found: (found[0], found[1].rowspan)):
        lines = len(_wrapped(box.text, box.colspan * width - 2 * _PADDING, _SMALL)) or 1
        above = sum(heights[last - box.rowspan + 1 : last])
        heights[last] = max(heights[last], lines * _TIGHT + 2 * _PADDING - above)
    return heights


def _wrapped(text: str, width: float, size: int) -> list[str]:
    """Lines of at most this width; a number is never broken."""
    made, room = [""], 0.0
    for sign in text:
        wide = size * (0.5 if sign.isascii() else 1.0)
        if made[-1] and room + wide > width and not sign.isdecimal():
            made.append("")
            room = 0.0
        made[-1] += sign
        room += wide
    return [line for line in made if line]


def _joined(objects: list[str]) -> bytes:
    made, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        starts.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()
