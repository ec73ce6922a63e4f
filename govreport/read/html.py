"""HTML pages to a Document.

The parser is Lexbor, which mends markup as browsers do and is several times faster than the next best. What a
visitor would not see (scripts, hidden parts, navigation) is left out, and nothing is left out in silence that might be
the report itself.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

import selectolax
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode, SelectolaxError

from govreport.errors import ReadError
from govreport.model import Document, Grid, Origin, Paragraph
from govreport.read.cells import spans_of, squash
from govreport.read.guard import tame
from govreport.read.markup import Walk, landmarks_of

_ENGINE = f"selectolax {selectolax.__version__}"
_REAL_TABLE = 12  # cells; the smallest statutory table has more
_FULL_FORM = 250  # cells; a page with so many has lost none
_FIELD_DEPTH = 10
_TITLE = "年度报告"

_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_SHOWING = re.compile(r"display\s*:\s*(?!none)[a-z]", re.IGNORECASE)
_HIDERS = '[hidden],[style*="display" i],[style*="visibility" i],dialog'
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]*+\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}")
_SHEET_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SIMPLE_SELECTOR = re.compile(r"(?:[a-z]+)?[.#][a-z_][\w-]*", re.IGNORECASE | re.ASCII)

_TEMPLATE_TAG = re.compile(r"</?(?:template|noscript)\b[^<>]*>", re.IGNORECASE)
_COMMENT_OR_SCRIPT = re.compile(
    r"<!--.*?(?:-->|$)|<(script|textarea|template)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL
)
_TABLE_TAG = re.compile(r"<table\b", re.IGNORECASE)
_LONE_CELL = re.compile(r"<(?:tr|td|th|tbody|thead)\b", re.IGNORECASE)
_CELL_TAG = re.compile(r"<t[dh](?=[\s/>])", re.IGNORECASE)
_BEFORE_CELL = re.compile(r"(?=</?t[dhr][\s/>])", re.IGNORECASE)

_ATTACHED = re.compile(r"\.(?:docx?|pdf|xlsx?|wps|et|zip|rar|7z|ofd)(?:$|[?#&\s;)）])", re.IGNORECASE)
_ICON = re.compile(r"icon|logo|spacer|blank|arrow|btn|button|qrcode|ewm|weixin|dot\b|line\b|\bbg", re.IGNORECASE)
_ICON_SIDE = 50  # pixels
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", re.IGNORECASE)
_STYLED_SIDE = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px", re.IGNORECASE)


def read_html(text: str, *, sha256: str, encoding: str, encoding_from: str, origin: Origin) -> Document:
    """Make a Document of an HTML page or fragment.

    Args:
        text: the decoded page.
        sha256: digest of its bytes, carried into the Document as are the encoding and its reason.
        encoding: name of the encoding.
        encoding_from: why that encoding.
        origin: where the page came from; its ``url`` makes addresses of attachments absolute.

    Returns:
        Paragraphs and grids in page order. ``notes`` says what was cut or mended; a page without any text gives
        no blocks.

    Raises:
        ReadError: the page has too many tags to be a report.

    >>> table = "<table><tr><td rowspan=2>规章<td>1<tr><td>2</table>"
    >>> document = read_html(table, sha256="", encoding="utf-8", encoding_from="given", origin=Origin())
    >>> [(cell.text, cell.row, cell.column, cell.rowspan) for cell in document.grids[0].cells]
    [('规章', 1, 1, 2), ('1', 1, 2, 1), ('2', 2, 2, 1)]
    """
    text, notes = tame(text)
    page = _Page(text)
    if page.cells < _FULL_FORM and (mended := _with_stray_cells(text, page)):
        text = mended
        page = _Page(text)
        notes.append("table cells that stand outside of any table were read on lines of their own")
    if page.cells < _REAL_TABLE and (page.left_out or _TEMPLATE_TAG.search(text)):
        whole = _Page(_TEMPLATE_TAG.sub("", text), hide=False)
        if whole.cells >= _REAL_TABLE or (_TITLE in whole.text and _TITLE not in page.text):
            page = whole
            notes.append("the report stands in a part of the page that is hidden; that part was read")
    return Document(
        blocks=tuple(page.blocks),
        reader="html",
        encoding=encoding,
        encoding_from=encoding_from,
        sha256=sha256,
        origin=origin,
        meta=page.meta(),
        images=page.images(),
        attachments=page.attachments(origin.url),
        notes=(*notes, *page.notes),
        engine=_ENGINE,
    )


def _parse(text: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(text.encode("utf-8", "replace"))
    except (SelectolaxError, MemoryError) as error:
        raise ReadError(
            f"the HTML parser gave up on this page of {len(text):,} characters: {error}; save the page again"
        ) from error


def _with_stray_cells(text: str, page: _Page) -> str:
    """The page mended if cells stand outside of any table, else empty.

    A parser drops cell tags outside of a table, and so runs the figures of neighbouring cells together.
    """
    markup = _COMMENT_OR_SCRIPT.sub("", text)
    first = _LONE_CELL.search(markup)
    if not first or len(_CELL_TAG.findall(markup)) <= page.cells_in_tree():
        return ""
    if not _TABLE_TAG.search(markup):
        return f"{markup[: first.start()]}<table>{markup[first.start() :]}"
    return _BEFORE_CELL.sub("<br>", markup)


class _Page:
    """One page parsed and walked.

    Attributes:
        blocks: paragraphs and grids in page order.
        notes: what had to be cut or left out.
        left_out: whether any part was left out because it is not shown.
    """

    def __init__(self, text: str, *, hide: bool = True) -> None:
        self.notes: list[str] = []
        self.left_out = False
        self._cells_removed = 0
        data = text.encode("utf-8", "replace")
        try:
            self.tree = LexborHTMLParser(data, options=LexborDocumentOptions.WO_EVENTS)
        except (SelectolaxError, MemoryError) as error:
            raise ReadError(
                f"the HTML parser gave up on this page of {len(text):,} characters: {error}; save the page again"
            ) from error
        if hide:
            self._hide(data.lower())
        self.tree.strip_tags(["script", "style"], recursive=True)
        root = self.tree.body or self.tree.root
        assert root is not None  # the parser makes an html element of any text
        self.landmarks = landmarks_of(root)
        for tag, node in self.landmarks:
            if tag == "input":
                _show_field(node)
        walk = Walk(root, self.landmarks, spans_of(root), len(text))
        walk.run()
        self.blocks, self.skipped = walk.blocks, walk.skipped
        self.notes += walk.notes
        if not self.blocks:
            self._note_frames()

    @property
    def cells(self) -> int:
        """Cells of all grids."""
        return sum(len(block.cells) for block in self.blocks if isinstance(block, Grid))

    @property
    def text(self) -> str:
        """All paragraphs, for a look whether this is a report at all."""
        return "\n".join(block.text for block in self.blocks if isinstance(block, Paragraph))

    def cells_in_tree(self) -> int:
        """Cells that the parser accepted, shown or not."""
        return len(self.tree.css("td,th")) + self._cells_removed

    def _hide(self, markup: bytes) -> None:
        """Take out what a visitor does not see, and say so where it holds a table."""
        displayed = b"display" in markup
        nodes = self._hidden_by_sheet() if displayed else []
        if displayed or b"hidden" in markup:
            nodes += [node for node in self.tree.css(_HIDERS) if _is_hidden(node)]
        tables = 0
        for node in nodes:
            if node.tag not in ("html", "body", "input"):
                tables += node.css_first("table") is not None
                self._cells_removed += len(node.css("td,th"))
                node.decompose()
                self.left_out = True
        if tables:
            self.notes.append(f"{tables} hidden parts that hold tables were left out")

    def _hidden_by_sheet(self) -> list[LexborNode]:
        """Elements that a plain rule of the page's own style sheet hides, unless another rule shows their class."""
        rules = [rule for style in self.tree.css("style") for rule in _rules(style.text())]
        shown = " ".join(names for names, body in rules if _SHOWING.search(body))
        hiding = [names for names, body in rules if _HIDING.search(body)]
        selectors = {name.strip() for names in hiding for name in names.split(",")}
        found: list[LexborNode] = []
        for selector in sorted(selectors):
            if _SIMPLE_SELECTOR.fullmatch(selector) and re.split(r"[.#]", selector)[1] not in shown:
                found += self.tree.css(selector)
        return found

    def _note_frames(self) -> None:
        frames = [node.attributes.get("src") for node in self.tree.css("iframe,frame")]
        if named := [source for source in frames if source]:
            self.notes.append(f"the page has no text of its own, it shows {', '.join(named[:3])} in a frame")

    def meta(self) -> dict[str, str]:
        """Title, first heading and meta tags, names in lower case; of several alike the first that says anything."""
        found: dict[str, str] = {}
        for name, node in (("title", self.tree.css_first("title")), ("h1", self.tree.css_first("h1"))):
            if node is not None and (text := squash(node.text())):
                found[name] = text
        for node in self.tree.css("meta"):
            attributes = node.attributes
            name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
            content = (attributes.get("content") or "").strip()
            if name and content:
                found.setdefault(name, content)
        return found

    def images(self) -> int:
        """Pictures in the body text, without icons and those of page furniture."""
        outside: dict[int, bool] = dict.fromkeys(self.skipped, True)
        pictures = [node for tag, node in self.landmarks if tag == "img"]
        return sum(not _is_icon(node) and not _within(node, outside) for node in pictures)

    def attachments(self, url: str) -> tuple[str, ...]:
        """Addresses of linked files, then of files shown in frames; absolute if the address of the page is known."""
        base_node = self.tree.css_first("base[href]")
        base = _join(url, (base_node.attributes.get("href") if base_node is not None else None) or "")
        found: dict[str, None] = {}
        links = [node for tag, node in self.landmarks if tag == "a"]
        if self.cells < _FULL_FORM:  # else the page has the report itself, and shows none in a frame
            links += self.tree.css("iframe,embed,object")
        for node in links:
            attributes = node.attributes
            link = (attributes.get("href") or attributes.get("src") or attributes.get("data") or "").strip()
            if not link or link.startswith(("#", "javascript:", "data:", "mailto:")):
                continue
            if _ATTACHED.search(link) or (node.tag == "a" and _ATTACHED.search(node.text())):
                found[_join(base, link)] = None
        return tuple(found)


def _rules(sheet: str) -> list[tuple[str, str]]:
    """Selectors and bodies of the plain rules of a style sheet; those for print or small screens are left out."""
    plain = _AT_RULE.sub("", _SHEET_COMMENT.sub("", sheet)) if "none" in sheet.lower() else ""
    return [(names, body) for names, body in _RULE.findall(plain)]


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag == "dialog":
        return "open" not in attributes
    return "hidden" in attributes or _HIDING.search(attributes.get("style") or "") is not None


def _show_field(field: LexborNode) -> None:
    """Put the value of a text field into the cell that shows it: forms are printed with fields for figures."""
    attributes = field.attributes
    value = (attributes.get("value") or "").strip()
    if not value or (attributes.get("type") or "text").lower() not in ("text", "number", "tel"):
        return
    up = field.parent
    for _ in range(_FIELD_DEPTH):
        if up is None:
            return
        if up.tag in ("td", "th"):
            field.insert_before(f" {value} ")
            return
        up = up.parent


def _is_icon(node: LexborNode) -> bool:
    attributes = node.attributes
    sides = [match[1] for side in ("width", "height") if (match := _PIXELS.match(attributes.get(side) or ""))]
    sides += _STYLED_SIDE.findall(attributes.get("style") or "")
    if sides:
        return min(map(int, sides)) < _ICON_SIDE
    source = (attributes.get("src") or "").lower()
    name = source.rpartition("/")[2] if not source.startswith("data:") else ""
    return source.endswith(".gif") or _ICON.search(name) is not None


def _within(node: LexborNode, known: dict[int, bool]) -> bool:
    """Whether a node stands inside one of those known to be outside of the text; remembers what it learns."""
    path = []
    up: LexborNode | None = node
    while up is not None and up.mem_id not in known:
        path.append(up.mem_id)
        up = up.parent
    answer = up is not None and known[up.mem_id]
    known.update(dict.fromkeys(path, answer))
    return answer


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # an address such as http://[
        return link
