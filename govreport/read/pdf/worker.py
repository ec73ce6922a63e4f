"""What stands on the pages of a PDF file: characters, straight rules and pictures, as numbers.

Started by ``source`` in a process of its own, so that a file made to harm (endless contents, huge streams, a defect
of the PDF library) ends this process and no other. It must start fast: it imports nothing of govreport, no ``typing``,
and declares the functions of pdfium that it calls, for pypdfium2's own list of all of them takes 50 ms to load.

    main([LIBRARY_FILE, "pages=500", "chars=500000", ...])

The output is lines of words: "pages 3", then "page 1 595.3 841.89 331 23 0 0" for each page, with the number of its
characters, rules, filled boxes and pictures, followed by all their numbers as doubles; at the end "done". An error is a
line of its own: "error password".
"""

from __future__ import annotations

import ctypes
import math
import sys
from array import array
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

C: Any = None
"""The functions of pdfium."""

_FUNCTIONS = {
    "": "FPDF_InitLibrary: FPDF_ClosePage:p FPDFText_ClosePage:p",
    "i": """
        FPDF_GetPageCount:p FPDF_PageToDevice:piiiiiddpp FPDFPage_CountObjects:p FPDFPageObj_GetType:p
        FPDFFormObj_CountObjects:p FPDFPageObj_GetMatrix:pp FPDFPageObj_GetBounds:ppppp FPDFPath_GetDrawMode:ppp
        FPDFPageObj_GetStrokeColor:ppppp FPDFPageObj_GetFillColor:ppppp FPDFPath_CountSegments:p
        FPDFPathSegment_GetPoint:ppp FPDFPathSegment_GetType:p FPDFPathSegment_GetClose:p FPDFText_CountChars:p
        FPDFText_IsGenerated:pi FPDFText_GetLooseCharBox:pip FPDFText_GetCharOrigin:pipp FPDFText_GetMatrix:pip
        FPDFText_HasUnicodeMapError:pi FPDFTextObj_GetTextRenderMode:p FPDFBitmap_FillRect:piiiil
        FPDF_RenderPageBitmap:ppiiiiii FPDFBitmap_GetStride:p
    """,
    "p": """
        FPDF_LoadMemDocument64:pzp FPDF_LoadPage:pi FPDFPage_GetObject:pi FPDFFormObj_GetObject:pl
        FPDFPath_GetPathSegment:pi FPDFText_LoadPage:p FPDFText_GetTextObject:pi FPDFBitmap_CreateEx:iiipi
        FPDFBitmap_GetBuffer:p
    """,
    "l": "FPDF_GetLastError:",
    "u": "FPDFText_GetUnicode:pi",
    "f": "FPDF_GetPageWidthF:p FPDF_GetPageHeightF:p",
    "d": "FPDFText_GetFontSize:pi",
}
"""Functions of pdfium with the kinds of their arguments, by the kind of what they give; pointers to all are ``p``."""

_KINDS: Any = {
    "": None, "i": ctypes.c_int, "u": ctypes.c_uint, "l": ctypes.c_ulong, "z": ctypes.c_size_t, "p": ctypes.c_void_p,
    "f": ctypes.c_float, "d": ctypes.c_double,
}  # fmt: skip
_BGR, _NOTES_TOO = 2, 1  # FPDFBitmap_BGR, FPDF_ANNOT

_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5
_LINE_TO, _MOVE_TO = 0, 2
_THIN = 5.0  # points: a filled box this thin is drawn as a rule
_STRAIGHT = 0.6
_SHORTEST = 1.0
_MAX_DEPTH = 12
_MOST_BOXES = 2_000  # of a page; they only tell whether white letters stand on something
_SCALE = 1000
_NEAR = 0.01
_HIDDEN_MODES = (3, 7)  # PDF 32000-1, table 106: neither filled nor stroked
_HYPHENS = (0x02, 0xAD, 0xFFFE)  # what pdfium gives for a hyphen at the end of a line
_WHITE = 250
_ERRORS = {3: "format", 4: "password", 5: "security"}

CHAR = 10
"""Numbers of a character: code, left, top, right, bottom, x and y where its baseline starts, size, angle, marks."""

UNMAPPED, HIDDEN, WHITE = 1, 2, 4
"""Marks of a character: its font does not say which letter it is; it is not drawn; it is drawn in white."""

Matrix = tuple[float, float, float, float, float, float]


class TooMuchError(Exception):
    """A limit was passed; the argument says which."""


def main(arguments: list[str]) -> int:
    """Read the file on standard input; gives the exit status."""
    global C
    limits = {name: int(value) for name, _, value in (word.partition("=") for word in arguments[1:])}
    _limit_memory(limits)
    C = _pdfium(arguments[0])
    content = sys.stdin.buffer.read()
    C.FPDF_InitLibrary()
    document = C.FPDF_LoadMemDocument64(content, len(content), None)
    if not document:
        return _say("error", _ERRORS.get(C.FPDF_GetLastError(), "format"))
    count = C.FPDF_GetPageCount(document)
    _say("pages", count)
    if "render" in limits:
        return _render(document, limits)
    if count > limits["pages"] and "first" not in limits:
        return _say("error", "pages")
    try:
        for number in range(min(count, limits.get("first", count))):
            _tell_page(document, number, limits)
    except TooMuchError as error:
        return _say("error", error.args[0])
    return _say("done")


def _pdfium(file: str) -> Any:
    """The library with the functions that are called here declared."""
    library = ctypes.CDLL(file)
    for given, functions in _FUNCTIONS.items():
        for name, _, taken in (word.partition(":") for word in functions.split()):
            function = getattr(library, name)
            function.restype, function.argtypes = _KINDS[given], [_KINDS[kind] for kind in taken]
    return library


def _say(*words: object) -> int:
    sys.stdout.buffer.write(" ".join(map(str, words)).encode() + b"\n")
    return 0


def _limit_memory(limits: dict[str, int]) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; there only the seconds are held
        return
    for name, value in ((resource.RLIMIT_AS, limits["memory"]), (resource.RLIMIT_CPU, limits["seconds"])):
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (value if hard < 0 else min(value, hard), hard))


def _tell_page(document: Any, number: int, limits: dict[str, int]) -> None:
    page = C.FPDF_LoadPage(document, number)
    if not page:
        _say("broken", number + 1)
        return
    try:
        width, height = C.FPDF_GetPageWidthF(page), C.FPDF_GetPageHeightF(page)
        view = _view(page, width, height)
        drawn = _Drawn(view, limits)
        forms: dict[int, Matrix] = {}
        for item, matrix in _objects(page):
            if matrix is _SAME or C.FPDFPageObj_GetType(item) != _TEXT:
                drawn.add(item, matrix)
            else:
                forms[item] = matrix
        chars = _chars(page, view, forms, limits)
    finally:
        C.FPDF_ClosePage(page)
    kinds = (drawn.rules, drawn.fills, drawn.images)
    _say("page", number + 1, round(width, 2), round(height, 2), len(chars) // CHAR, *(len(kind) for kind in kinds))
    for box in (box for kind in kinds for box in kind):
        chars.extend(box)
    sys.stdout.buffer.write(chars.tobytes())


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


_SIX = (ctypes.c_float * 6)()


def _matrix(item: Any) -> Matrix:
    C.FPDFPageObj_GetMatrix(item, _SIX)
    a, b, c, d, e, f = _SIX
    return a, b, c, d, e, f


class _Drawn:
    """Rules, filled boxes and pictures of a page."""

    def __init__(self, view: Matrix, limits: dict[str, int]) -> None:
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
                for (x0, y0), (x1, y1) in pairwise(points):
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
        if not white:
            self._thin_or(self.fills, box)

    def _thin_or(self, others: list[list[float]], box: tuple[float, float, float, float]) -> None:
        """A thin box is a rule along its middle; else it belongs to the others."""
        x0, y0, x1, y1 = box
        if y1 - y0 <= _THIN < x1 - x0:
            self._rule(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
        elif x1 - x0 <= _THIN < y1 - y0:
            self._rule((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)
        elif len(others) < _MOST_BOXES:
            others.append([round(v, 2) for v in box])

    def _rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if max(x1 - x0, y1 - y0) >= _SHORTEST:
            self.rules.append([round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)])


def _chars(page: Any, view: Matrix, forms: dict[int, Matrix], limits: dict[str, int]) -> array[float]:
    """The numbers of all characters, see ``CHAR``; with the matrices of the forms that text objects stand in."""
    made = array("d")
    text = C.FPDFText_LoadPage(page)
    if not text:
        return made
    try:
        count = C.FPDFText_CountChars(text)
        limits["chars"] -= max(count, 0)
        if limits["chars"] < 0:
            raise TooMuchError("chars")
        _add_chars(text, count, view, forms, made)
        return made
    finally:
        C.FPDFText_ClosePage(text)


def _add_chars(text: Any, count: int, view: Matrix, forms: dict[int, Matrix], made: array[float]) -> None:
    box, x, y = (ctypes.c_float * 4)(), ctypes.c_double(), ctypes.c_double()
    at_x, at_y = ctypes.byref(x), ctypes.byref(y)
    looks: dict[int | None, tuple[float, int, int]] = {}
    for number in range(count):
        if C.FPDFText_IsGenerated(text, number) == 1:
            continue  # blanks and line ends that pdfium thinks of
        code = C.FPDFText_GetUnicode(text, number)
        item = C.FPDFText_GetTextObject(text, number)
        if item not in looks:
            looks[item] = _looks(text, number, item, view)
        size, angle, marks = looks[item]
        if C.FPDFText_HasUnicodeMapError(text, number) == 1:
            marks |= UNMAPPED
        C.FPDFText_GetLooseCharBox(text, number, box)
        C.FPDFText_GetCharOrigin(text, number, at_x, at_y)
        left, top, right, bottom = box
        place = view if item not in forms else _times(_misplaced(item, forms[item], x.value, y.value), view)
        sides = (*_box(place, left, bottom, right, top), *_apply(place, x.value, y.value))
        made.extend((0x2D if code in _HYPHENS else code, *[round(v, 2) for v in sides], size, angle, marks))


def _misplaced(item: Any, form: Matrix, x: float, y: float) -> Matrix:
    """What moves a character of a form to its place: pdfium forgets the form where the file says what is written."""
    *_, own_x, own_y = _matrix(item)
    return form if abs(x - own_x) + abs(y - own_y) < _NEAR else _SAME


def _looks(text: Any, number: int, item: Any, view: Matrix) -> tuple[float, int, int]:
    """Size, angle and marks that all characters of a text object share."""
    matrix = (ctypes.c_float * 6)()
    C.FPDFText_GetMatrix(text, number, matrix)
    a, b, c, d, *_ = matrix
    m = _times((a, b, c, d, 0.0, 0.0), view)
    angle = round(math.degrees(math.atan2(-m[1], m[0])) % 360)
    size = round(C.FPDFText_GetFontSize(text, number) * math.hypot(m[2], m[3]), 2)
    if not item:
        return size, angle, 0
    color = [ctypes.c_uint() for _ in range(4)]
    known = C.FPDFPageObj_GetFillColor(item, *map(ctypes.byref, color))
    red, green, blue, alpha = (c.value for c in color)
    hidden = C.FPDFTextObj_GetTextRenderMode(item) in _HIDDEN_MODES or (known and alpha == 0)
    white = known and min(red, green, blue) >= _WHITE
    return size, angle, (HIDDEN if hidden else 0) | (WHITE if white else 0)


def _render(document: Any, limits: dict[str, int]) -> int:
    """One page in colours, by which seals are told from ink: a line with width, height and stride, then its bytes."""
    number, scale = limits["render"], limits["dpi"] / 72
    page = C.FPDF_LoadPage(document, number - 1)
    if not page:
        return _say("error", "broken")
    width, height = C.FPDF_GetPageWidthF(page), C.FPDF_GetPageHeightF(page)
    scale = min(scale, math.sqrt(limits["pixels"] / max(1.0, width * height)))
    size = max(1, int(width * scale)), max(1, int(height * scale))
    bitmap = C.FPDFBitmap_CreateEx(*size, _BGR, None, 0)
    if not bitmap:
        return _say("error", "memory")
    C.FPDFBitmap_FillRect(bitmap, 0, 0, *size, 0xFFFFFFFF)
    C.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, _NOTES_TOO)
    stride = C.FPDFBitmap_GetStride(bitmap)
    pixels = ctypes.string_at(C.FPDFBitmap_GetBuffer(bitmap), stride * size[1])
    _say("picture", *size, stride, round(scale * 72, 1))
    sys.stdout.buffer.write(pixels)
    return 0
