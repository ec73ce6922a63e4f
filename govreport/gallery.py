"""The notebooks as a static site: run, exported, and joined by an index. ``python -m govreport.gallery OUT``.

Every page stands by itself: pictures and styles are inside, no script is loaded, nothing is fetched from anywhere. So
the folder can be opened from a disk, handed out to a class, or put on any web server.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from govreport.errors import GovreportError, UsageError

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
"""Where the notebooks lie in a source checkout."""

TIMEOUT = 300
"""Seconds that one cell may take."""

_OURS = re.compile(r"\d+_.*\.ipynb")  # other notebooks serve the dashboard and are not to be read
_SOLUTIONS = "solutions"
_THUMBNAIL = (480, 300)
_INSTALL = 'pip install "govreport[notebooks]"'

_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|audio|video|source|embed)\b[^>]*?\bsrc\s*=\s*["']?(?!data:)[^\s>"']"""
    r"""|<link\b[^>]*?\bhref\s*=\s*["']?(?!data:)[^\s>"']|@import\b|url\(\s*["']?https?:|\bimport\s*\(""",
    re.I,
)

_FONTS = (
    'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
)
_PAGE = f"""{{% extends 'lab/index.html.j2' %}}
{{% block html_head_js %}}{{% endblock %}}
{{% block jupyter_widgets %}}{{% endblock %}}
{{% block html_head_js_mathjax %}}{{% endblock %}}
{{% block html_head_js_mermaidjs %}}{{% endblock %}}
{{% block html_head_css %}}<style>
:root {{ --jp-content-font-family: {_FONTS}; --jp-ui-font-family: {_FONTS}; }}
body.jp-Notebook {{ padding: 0; overflow: auto; }}
main, nav.gallery {{ max-width: 1120px; margin: 0 auto; padding: 12px; }}
nav.gallery {{ font: 14px/1.5 {_FONTS}; }}
.jp-RenderedImage img {{ max-width: 100%; height: auto; }}
.jp-InputArea-editor, .jp-OutputArea-output {{ overflow-x: auto !important; }}
.gallery-note {{ border-left: 4px solid #0072b2; padding: 4px 10px; font: 14px/1.5 {_FONTS}; }}
@media (max-width: 700px) {{ .jp-InputPrompt, .jp-OutputPrompt {{ display: none; }} }}
</style>{{% endblock %}}
{{% block body_header %}}{{{{ super() | replace('<main>', resources.gallery_nav ~ '<main>') }}}}{{% endblock %}}
{{% block data_javascript %}}{{% endblock %}}
{{% block footer %}}</html>{{% endblock %}}
"""

_WIDGET = "application/vnd.jupyter.widget-view+json"
_BAR = re.compile(r"\d+%\||\d+it \[|\d+page \[|^\w[\w ]*: +\d+")  # a bar of tqdm as text
_NO_CONTROLS = (
    '<p class="gallery-note">Controls work in Jupyter only: open this notebook there. '
    "控件只在 Jupyter 中可用，请打开此笔记本。</p>"
)

_INDEX = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>govreport: notebooks</title><style>
body {{ font: 16px/1.5 {_FONTS}; color: #222; background: #fff; margin: 0 auto; max-width: 1120px; padding: 16px; }}
h1 {{ font-size: 24px; margin: 8px 0; }} h2 {{ font-size: 18px; margin: 28px 0 8px; }}
p {{ max-width: 46em; margin: 4px 0; }}
ul {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 16px; padding: 0; margin: 0; }}
li {{ list-style: none; border: 1px solid #ccc; border-radius: 6px; overflow: hidden; }}
li a {{ display: block; color: inherit; text-decoration: none; height: 100%; }}
li a:hover, li a:focus {{ outline: 3px solid #0072b2; outline-offset: -3px; }}
li img, li .none {{ display: block; width: 100%; aspect-ratio: 8 / 5; object-fit: contain;
 border-bottom: 1px solid #ddd; background: #f3f1ec; }}
li .none {{ display: grid; place-items: center; color: #595959; }}
li div.text {{ padding: 10px 12px; overflow-wrap: anywhere; }} li b {{ color: #005a8d; }} small {{ color: #595959; }}
</style></head><body>
<h1>govreport: notebooks 笔记本</h1>
<p>Annual reports on government information disclosure (政府信息公开工作年度报告), read step by step. Every page was
run from top to bottom on the bundled data. To change something, open the notebook in Jupyter.</p>
<p>每一页均在附带数据上从头运行到尾；要修改，请在 Jupyter 中打开笔记本。</p>
{{sections}}
</body></html>
"""
_SECTIONS = {"": ("notebooks", "Notebooks 笔记本"), "course": ("course", "A course in three lessons 三课教程"),
             _SOLUTIONS: ("solutions", "Solutions, for teachers 教师用答案")}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One notebook of the gallery.

    Attributes:
        path: the notebook.
        page: its page, relative to the gallery, with slashes.
        title: the question it asks.
        level: beginner, intermediate or advanced; empty where the notebook does not say.
        minutes: how long a reader needs; None where the notebook does not say.
        about: its first paragraph as plain text.
        picture: the first figure as PNG; None before it was run, and where there is none.
    """

    path: Path
    page: str
    title: str
    level: str = ""
    minutes: int | None = None
    about: str = ""
    picture: bytes | None = None

    @property
    def section(self) -> str:
        """The folder it stands in: "" for the notebooks themselves, "course" or "solutions"."""
        return PurePosixPath(self.page).parent.name


def build_gallery(
    out: str | Path,
    *,
    notebooks: str | Path = NOTEBOOKS,
    only: Sequence[str] = (),
    solutions: bool = False,
    progress: bool | None = None,
) -> list[Path]:
    """Runs the notebooks and writes a page for each, and ``index.html``.

    Args:
        out: folder of the site; made if it is not there. Files of the same name are replaced, others are left.
        notebooks: folder of the notebooks; those that begin with a number are taken, in all folders below.
        only: names of notebooks without ending; all if empty.
        solutions: whether the solutions of the course are in it.
        progress: a progress bar; by default where somebody looks on.

    Returns:
        The files, ``index.html`` first.

    Raises:
        UsageError: no such folder or notebook, or the packages of the extra "notebooks" are not installed.
        GovreportError: a notebook fails, or its page would need something from elsewhere.
    """
    entries = find_entries(Path(notebooks), only=only, solutions=solutions)
    folder = Path(out)
    pages = {entry.path.resolve(): entry.page for entry in entries}
    made, finished = [], []
    for entry in _with_bar(entries, progress):
        book = run_notebook(entry.path)
        entry = replace(entry, picture=_first_picture(book))
        made.append(_write(folder / entry.page, page_html(book, entry, pages)))
        finished.append(entry)
    return [_write(folder / "index.html", index_html(finished)), *made]


def find_entries(notebooks: Path, *, only: Sequence[str] = (), solutions: bool = False) -> list[Entry]:
    """The notebooks that a gallery shows, in order, with what their opening says.

    Raises:
        UsageError: no such folder, or a name of ``only`` that is not there.
    """
    if not notebooks.is_dir():
        raise UsageError(f"the notebooks are expected in {notebooks}; give their folder, or work from a checkout")
    found = [
        p for p in sorted(notebooks.rglob("*.ipynb")) if _OURS.fullmatch(p.name) and ".ipynb_checkpoints" not in p.parts
    ]
    found = [p for p in found if solutions or _SOLUTIONS not in p.parts]
    if strangers := set(only) - {p.stem for p in found}:
        known = ", ".join(p.stem for p in found) or "none"
        raise UsageError(f"no notebook is called {', '.join(sorted(strangers))}; there are {known}")
    order = list(_SECTIONS)
    entries = [_entry(path, notebooks) for path in found if not only or path.stem in only]
    return sorted(entries, key=lambda e: (order.index(e.section) if e.section in order else len(order), e.page))


def _entry(path: Path, folder: Path) -> Entry:
    texts = [cell.source for cell in _read(path).cells if cell.cell_type == "markdown"]
    title, _, rest = (texts[0] if texts else path.stem).partition("\n")
    facts = "\n".join(texts[:3])
    level, minutes = re.search(r"\*\*Level:\*\* (\w+)", facts), re.search(r"\*\*Time:\*\* (\d+)", facts)
    return Entry(
        path,
        path.relative_to(folder).with_suffix(".html").as_posix(),
        title.lstrip("# ").strip(),
        level[1] if level else "",
        int(minutes[1]) if minutes else None,
        _plain(rest.strip().partition("\n\n")[0]),
    )


def _plain(markdown: str) -> str:
    return " ".join(re.sub(r"[*`_]|\[([^\]]*)\]\([^)]*\)", r"\1", markdown).split())


def _read(path: Path) -> Any:
    return _package("nbformat").read(path, as_version=4)


def _package(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(f"the gallery needs {name}, which is not installed: {_INSTALL}") from error


def run_notebook(path: Path) -> Any:
    """A notebook run from top to bottom, with its outputs; what was written to standard error is left out.

    Raises:
        UsageError: nbclient is not installed.
        GovreportError: a cell fails.
    """
    client = _package("nbclient")
    book = _read(path)
    place = {"metadata": {"path": str(path.parent)}}
    try:
        client.NotebookClient(book, timeout=TIMEOUT, kernel_name="python3", resources=place).execute()
    except (client.exceptions.CellExecutionError, client.exceptions.CellTimeoutError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise GovreportError(f"{path.name} should run from top to bottom, and a cell fails: {reason}") from error
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    book.metadata.pop("widgets", None)
    return book


def page_html(book: Any, entry: Entry, pages: dict[Path, str]) -> str:
    """A notebook that was run as one HTML page.

    Args:
        book: the notebook.
        entry: what the gallery knows of it.
        pages: every notebook of the gallery with its page, for links between them.

    Raises:
        UsageError: nbconvert is not installed.
        GovreportError: the page would need something from elsewhere.
    """
    exporter_class = _package("nbconvert").HTMLExporter
    loader = _package("jinja2").DictLoader({"gallery.html.j2": _PAGE})
    exporter = exporter_class(extra_loaders=[loader], template_name="lab", theme="light")
    exporter.template_file = "gallery.html.j2"
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = _relinked(cell.source, entry, pages)
        if cell.get("outputs"):
            cell.outputs = [output for output in cell.outputs if not _is_bar(output)]
        for output in cell.get("outputs", ()):
            if _WIDGET in output.get("data", {}):
                output["data"] = {"text/html": _NO_CONTROLS}
    book.metadata["title"] = entry.title
    back = "../" * entry.page.count("/") + "index.html"
    nav = f'<nav class="gallery"><a href="{back}">← All notebooks 全部笔记本</a></nav>'
    text, _ = exporter.from_notebook_node(book, resources={"gallery_nav": nav})
    text = _with_alt(text, entry.title)
    if found := _FETCHED.search(text):
        at = text[found.start() : found.start() + 160]
        raise GovreportError(f"{entry.path.name}: its page should need nothing from elsewhere, and has {at!r}")
    return str(text)


def _is_bar(output: Any) -> bool:
    """Whether an output is a progress bar, which says nothing once the work is done."""
    plain = str(output.get("data", {}).get("text/plain", ""))
    return _WIDGET in output.get("data", {}) and bool(_BAR.search(plain))


def _relinked(text: str, entry: Entry, pages: dict[Path, str]) -> str:
    """Links to notebooks of the gallery lead to their pages; links to other files become plain text."""

    def target(match: re.Match[str]) -> str:
        words, link = match[1], match[2].partition("#")[0]
        page = pages.get((entry.path.parent / link).resolve())
        up = "../" * entry.page.count("/")
        if page:
            return f"[{words}]({up}{page})"
        return f"[{words}]({up}index.html#course)" if link == "course/README.md" else words

    return _LINK.sub(target, text)


def _with_alt(text: str, title: str) -> str:
    """Figures carry their words as pixels; the question of the notebook tells a screen reader what they are about."""
    return text.replace("No description has been provided for this image", html.escape(f"Figure: {title}"))


def _first_picture(book: Any) -> bytes | None:
    outputs = [o for cell in book.cells if cell.cell_type == "code" for o in cell.outputs]
    encoded = next((o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})), None)
    return base64.b64decode(encoded) if encoded else None


def index_html(entries: Iterable[Entry]) -> str:
    """The index: a card for each notebook, with its question, level, minutes and first figure."""
    listed = list(entries)
    parts = []
    for section in dict.fromkeys(entry.section for entry in listed):
        key, heading = _SECTIONS.get(section, (section, section))
        cards = "".join(_card(entry) for entry in listed if entry.section == section)
        parts.append(f'<h2 id="{html.escape(key)}">{html.escape(heading)}</h2><ul>{cards}</ul>')
    return _INDEX.replace("{sections}", "\n".join(parts))


def _card(entry: Entry) -> str:
    facts = " · ".join(filter(None, [entry.path.stem, entry.level, f"{entry.minutes} min" if entry.minutes else ""]))
    picture = _thumbnail(entry.picture) if entry.picture else None
    shown = f'<img alt="" src="data:image/png;base64,{picture}">' if picture else '<span class="none">Jupyter</span>'
    return (
        f'<li><a href="{html.escape(entry.page)}">{shown}<div class="text"><b>{html.escape(entry.title)}</b><br>'
        f"<small>{html.escape(facts)}</small><p>{html.escape(entry.about)}</p></div></a></li>"
    )


def _thumbnail(png: bytes) -> str:
    """The upper part of a figure, made small, as text for a data URI."""
    image = _package("PIL.Image").open(io.BytesIO(png)).convert("RGB")
    width, height = _THUMBNAIL
    image = image.crop((0, 0, image.width, min(image.height, round(image.width * height / width))))
    image.thumbnail(_THUMBNAIL)
    made = io.BytesIO()
    image.quantize(64).save(made, "png", optimize=True)
    return base64.b64encode(made.getvalue()).decode()


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _with_bar(entries: list[Entry], progress: bool | None) -> Iterable[Entry]:
    if not (sys.stderr.isatty() if progress is None else progress):
        return entries
    from tqdm.auto import tqdm

    bar: Iterable[Entry] = tqdm(entries, unit="notebook", desc="Running notebooks")
    return bar


def main(arguments: list[str] | None = None) -> int:
    """Builds the gallery; gives the exit status: 0 done, 1 a notebook fails, 2 wrong use."""
    parser = argparse.ArgumentParser(prog="python -m govreport.gallery", description="the notebooks as a static site")
    parser.add_argument("out", type=Path, help="folder of the site")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="folder of the notebooks")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="names of notebooks, without ending")
    parser.add_argument("--solutions", action="store_true", help="with the solutions of the course, for teachers")
    options = parser.parse_args(arguments)
    try:
        made = build_gallery(options.out, notebooks=options.notebooks, only=options.only, solutions=options.solutions)
    except GovreportError as error:
        print(f"govreport: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    print(f"{len(made)} pages written; open {made[0]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
