"""What stands on the pages of a PDF file: characters, straight rules and pictures, as lines of JSON.

Started by ``pdf_source`` as a program of its own, so that a file made to harm (endless contents, huge streams, a defect
of the PDF library) ends this process and no other. It imports nothing of govreport, for it must start fast.

    python -I -S pdf_worker.py FOLDER_OF_PYPDFIUM2 '{"pages": 500, ...}' < FILE

The first line of output tells the number of pages, then one line a page follows; an error is a line of its own.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

C: Any = None
"""The functions of pdfium."""

_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5
_LINE_TO, _MOVE_TO = 0, 2
_THIN = 3.0  # points: a filled box this thin is drawn as a rule
_STRAIGHT = 0.6
_SHORTEST = 1.0
_MAX_DEPTH = 12
_SCALE = 1000
_HIDDEN_MODES = (3, 7)  # PDF 32000-1, table 106: neither filled nor stroked
_HYPHENS = (0x02, 0xAD, 0xFFFE)  # what pdfium gives for a hyphen at the end of a line
_WHITE = 250
_ERRORS = {3: "format", 4: "password", 5: "security"}

UNMAPPED, HIDDEN, WHITE = 1, 2, 4
"""Marks of a character: its font does not say which letter it is; it is not drawn; it is drawn in white."""

Matrix = tuple[float, float, float, float, float, float]


class TooMuchError(Exception):
    """A limit was passed; the argument says which."""


def main(arguments: list[str]) -> int:
    """Read the file on standard input; gives the exit status."""
    global C
    sys.path.append(arguments[0])
    limits: dict[str, Any] = json.loads(arguments[1])
    _limit_memory(limits)
    C = import_module("pypdfium2_raw")
    content = sys.stdin.buffer.read()
    C.FPDF_InitLibrary()
    document = C.FPDF_LoadMemDocument64(content, len(content), None)
    if not document:
        return _say({"error": _ERRORS.get(C.FPDF_GetLastError(), "format")})
    count = C.FPDF_GetPageCount(document)
    _say({"pages": count})
    if count > limits["pages"]:
        return _say({"error": "pages", "found": count})
    if "render" in limits:
        return _render(document, limits)
    try:
        for number in range(count):
            _say(_page(document, number, limits))
    except TooMuchError as error:
        return _say({"error": error.args[0]})
    return _say({"done": True})


def _say(line: dict[str, Any]) -> int:
    sys.stdout.buffer.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
    return 0


def _limit_memory(limits: dict[str, Any]) -> None:
    try:
        resource: Any = import_module("resource")
    except ImportError:  # Windows has no such limits; there only the seconds are held
        return
    for name, value in ((resource.RLIMIT_AS, limits["memory"]), (resource.RLIMIT_CPU, limits["seconds"])):
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (value if hard < 0 else min(value, hard), hard))


def _page(document: Any, number: int, limits: dict[str, Any]) -> dict[str, Any]:
    page = C.FPDF_LoadPage(document, number)
    if not page:
        return {"page": number + 1, "broken": True}
    try:
        width, height = C.FPDF_GetPageWidthF(page), C.FPDF_GetPageHeightF(page)
        view = _view(page, width, height)
        drawn = _Drawn(view, limits)
        for item, matrix in _objects(page):
            drawn.add(item, matrix)
        chars = _chars(page, view, limits)
    finally:
        C.FPDF_ClosePage(page)
    return {"page": number + 1, "width": round(width, 2), "height": round(height, 2), "chars": chars,
            "rules": drawn.rules, "fills": drawn.fills, "images": drawn.images}  # fmt: skip


def _view(page: Any, width: float, height: float) -> Matrix:
    """From the page's own coordinates to points from its upper left corner as shown, rotation and crop applied."""
    x, y = ctypes.c_int(), ctypes.c_int()
    size = (int(width * _SCALE), int(height * _SCALE))
    found = []
    for point in ((0, 0), (1000, 0), (0, 1000)):
        C.FPDF_PageToDevice(page, 0, 0, *size, 0, *map(float, point), ctypes.byref(x), ctypes.byref(y))
        found.append((x.value / _SCALE, y.value / _SCALE))
    (e, f), (ax, ay), (bx, by) = found
    a, b, c, d = (ax - e) / 1000, (ay - f) / 1000, (bx - e) / 1000, (by - f) / 1000
    return a, b, c, d, e, f


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First ``m``, then ``n``."""
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3], m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def _box(m: Matrix, left: float, low: float, right: float, high: float) -> tuple[float, float, float, float]:
    x0, y0 = _apply(m, left, low)
    x1, y1 = _apply(m, right, high)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    """Objects of a page with the matrix of the form they stand in."""
    for number in range(C.FPDFPage_CountObjects(page)):
        yield from _unpacked(C.FPDFPage_GetObject(page, number), _SAME, 0)


def _unpacked(item: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    if C.FPDFPageObj_GetType(item) != _FORM:
        yield item, matrix
    elif depth < _MAX_DEPTH:
        inner = _times(_matrix(item), matrix)
        for number in range(C.FPDFFormObj_CountObjects(item)):
            yield from _unpacked(C.FPDFFormObj_GetObject(item, number), inner, depth + 1)


def _matrix(item: Any) -> Matrix:
    m = C.FS_MATRIX()
    C.FPDFPageObj_GetMatrix(item, ctypes.byref(m))
    return m.a, m.b, m.c, m.d, m.e, m.f


class _Drawn:
    """Rules, filled boxes and pictures of a page."""

    def __init__(self, view: Matrix, limits: dict[str, Any]) -> None:
        self.view = view
        self.limits = limits
        self.rules: list[list[float]] = []
        self.fills: list[list[float]] = []
        self.images: list[list[float]] = []
        self._x, self._y = ctypes.c_float(), ctypes.c_float()
        self._sides = [ctypes.c_float() for _ in range(4)]
        self._color = [ctypes.c_uint() for _ in range(4)]

    def add(self, item: Any, matrix: Matrix) -> None:
        kind = C.FPDFPageObj_GetType(item)
        if kind == _PATH:
            self._path(item, matrix)
        elif kind == _IMAGE:
            C.FPDFPageObj_GetBounds(item, *map(ctypes.byref, self._sides))
            self._thin_or(self.images, _box(_times(matrix, self.view), *(side.value for side in self._sides)))

    def _path(self, item: Any, matrix: Matrix) -> None:
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        C.FPDFPath_GetDrawMode(item, ctypes.byref(mode), ctypes.byref(stroke))
        stroked = bool(stroke.value) and self._seen(C.FPDFPageObj_GetStrokeColor, item)[0]
        filled, white = self._seen(C.FPDFPageObj_GetFillColor, item) if mode.value else (False, False)
        if not stroked and not filled:
            return
        self.limits["segments"] -= C.FPDFPath_CountSegments(item)
        if self.limits["segments"] < 0:
            raise TooMuchError("segments")
        place = _times(_times(_matrix(item), matrix), self.view)
        for points in self._pieces(item, place):
            if filled:
                self._filled(points, white)
            if stroked:
                for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
                    if (abs(x0 - x1) <= _STRAIGHT) != (abs(y0 - y1) <= _STRAIGHT):
                        self._rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def _seen(self, ask: Any, item: Any) -> tuple[bool, bool]:
        """Whether a colour shows at all, and whether it is white."""
        if not ask(item, *map(ctypes.byref, self._color)):
            return True, False
        red, green, blue, alpha = (c.value for c in self._color)
        return alpha > 0, min(red, green, blue) >= _WHITE

    def _pieces(self, item: Any, place: Matrix) -> Iterator[list[tuple[float, float]]]:
        """Runs of straight lines; a curve ends a run."""
        points: list[tuple[float, float]] = []
        for number in range(C.FPDFPath_CountSegments(item)):
            segment = C.FPDFPath_GetPathSegment(item, number)
            C.FPDFPathSegment_GetPoint(segment, ctypes.byref(self._x), ctypes.byref(self._y))
            point = _apply(place, self._x.value, self._y.value)
            kind = C.FPDFPathSegment_GetType(segment)
            if kind == _LINE_TO:
                points.append(point)
            else:
                if len(points) > 1:
                    yield points
                points = [point]
            if C.FPDFPathSegment_GetClose(segment) and points:
                points.append(points[0])
        if len(points) > 1:
            yield points

    def _filled(self, points: list[tuple[float, float]], white: bool) -> None:
        if not 3 <= len(points) <= 9:
            return
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        box = min(xs), min(ys), max(xs), max(ys)
        if white:
            return
        self._thin_or(self.fills, box)

    def _thin_or(self, others: list[list[float]], box: tuple[float, float, float, float]) -> None:
        """A thin box is a rule along its middle; else it belongs to the others."""
        x0, y0, x1, y1 = box
        if y1 - y0 <= _THIN < x1 - x0:
            self._rule(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
        elif x1 - x0 <= _THIN < y1 - y0:
            self._rule((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)
        else:
            others.append([round(v, 2) for v in box])

    def _rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if max(x1 - x0, y1 - y0) >= _SHORTEST:
            self.rules.append([round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)])


def _chars(page: Any, view: Matrix, limits: dict[str, Any]) -> list[list[float]]:
    """Characters as [code, left, top, right, bottom, x and y of the baseline's start, angle, marks]."""
    text = C.FPDFText_LoadPage(page)
    if not text:
        return []
    try:
        count = C.FPDFText_CountChars(text)
        limits["chars"] -= max(count, 0)
        if limits["chars"] < 0:
            raise TooMuchError("chars")
        return [made for number in range(count) if (made := _char(text, number, view))]
    finally:
        _LOOKS.clear()
        C.FPDFText_ClosePage(text)


_LOOKS: dict[int, int] = {}
"""Marks by text object of the page at hand."""


def _char(text: Any, number: int, view: Matrix) -> list[float] | None:
    code = C.FPDFText_GetUnicode(text, number)
    if C.FPDFText_IsGenerated(text, number) == 1:
        return None  # blanks and line ends that pdfium thinks of
    if code in _HYPHENS:
        code = 0x2D
    rectangle, matrix = C.FS_RECTF(), C.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    C.FPDFText_GetLooseCharBox(text, number, ctypes.byref(rectangle))
    C.FPDFText_GetCharOrigin(text, number, ctypes.byref(x), ctypes.byref(y))
    C.FPDFText_GetMatrix(text, number, ctypes.byref(matrix))
    box = _box(view, rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
    m = _times((matrix.a, matrix.b, matrix.c, matrix.d, 0.0, 0.0), view)
    marks = _looks(text, number)
    if C.FPDFText_HasUnicodeMapError(text, number) == 1:
        marks |= UNMAPPED
    start = _apply(view, x.value, y.value)
    angle = math.degrees(math.atan2(-m[1], m[0])) % 360
    return [code, *(round(v, 2) for v in (*box, *start)), round(angle, 1), marks]


def _looks(text: Any, number: int) -> int:
    item = C.FPDFText_GetTextObject(text, number)
    if not item:
        return 0
    key = ctypes.cast(item, ctypes.c_void_p).value or 0
    if key not in _LOOKS:
        color = [ctypes.c_uint() for _ in range(4)]
        known = C.FPDFPageObj_GetFillColor(item, *map(ctypes.byref, color))
        red, green, blue, alpha = (c.value for c in color)
        hidden = C.FPDFTextObj_GetTextRenderMode(item) in _HIDDEN_MODES or (known and alpha == 0)
        _LOOKS[key] = (HIDDEN if hidden else 0) | (WHITE if known and min(red, green, blue) >= _WHITE else 0)
    return _LOOKS[key]


def _render(document: Any, limits: dict[str, Any]) -> int:
    """One page in shades of grey: a line with its width and height, then its bytes."""
    number, scale = limits["render"], limits["dpi"] / 72
    page = C.FPDF_LoadPage(document, number - 1)
    if not page:
        return _say({"error": "broken"})
    width, height = C.FPDF_GetPageWidthF(page), C.FPDF_GetPageHeightF(page)
    scale = min(scale, math.sqrt(limits["pixels"] / max(1.0, width * height)))
    size = max(1, int(width * scale)), max(1, int(height * scale))
    bitmap = C.FPDFBitmap_CreateEx(*size, C.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        return _say({"error": "memory"})
    C.FPDFBitmap_FillRect(bitmap, 0, 0, *size, 0xFFFFFFFF)
    C.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, C.FPDF_ANNOT)
    stride = C.FPDFBitmap_GetStride(bitmap)
    pixels = ctypes.string_at(C.FPDFBitmap_GetBuffer(bitmap), stride * size[1])
    _say({"width": size[0], "height": size[1], "stride": stride, "dpi": round(scale * 72, 1)})
    sys.stdout.buffer.write(pixels)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
