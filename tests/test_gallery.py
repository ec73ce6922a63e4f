"""The gallery: notebooks that were run, as pages that need nothing from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from govreport.errors import GovreportError, UsageError
from govreport.gallery import Entry, build_gallery, find_entries, index_html, main, page_html

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Links(HTMLParser):
    """Targets of links, and whatever a browser would fetch."""

    def __init__(self, text: str):
        super().__init__()
        self.links, self.fetched, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        for name in ("src", "srcset", "data", "poster"):
            if found.get(name) and not found[name].startswith("data:"):
                self.fetched.append((tag, found[name]))
        if tag == "link":
            self.fetched.append((tag, found.get("href")))


def check_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    page = Links(text)
    assert not page.fetched
    assert "<script" not in text
    assert not re.search(r"@import|url\(\s*[\"']?https?:", text)
    for link in page.links:
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = link.partition("#")
        goal = (path.parent / target).resolve() if target else path
        assert goal.is_file(), f"{path.name}: {link}"
        if anchor:
            assert anchor in Links(goal.read_text(encoding="utf-8")).ids, link


def notebook(folder: Path, name: str, *cells: str, title: str = "# Is it small?") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    book = nbformat.v4.new_notebook()
    facts = "**Time:** 3 minutes. **Level:** beginner."
    book.cells = [nbformat.v4.new_markdown_cell(f"{title}\n\nA *small* one ([01](01_b.ipynb)).\n\nMore."),
                  nbformat.v4.new_markdown_cell(facts), *map(nbformat.v4.new_code_cell, cells)]  # fmt: skip
    path = folder / name
    nbformat.write(book, path)
    return path


@pytest.mark.slow
def test_two_small_notebooks(tmp_path):
    source = tmp_path / "notebooks"
    show = f"import base64\nfrom IPython.display import Image\nImage(base64.b64decode('{PIXEL}'))"
    notebook(source, "00_a.ipynb", show, "import sys; print('to ' + 'nobody', file=sys.stderr)")
    notebook(source / "course", "1_b.ipynb", "1 + 41", title="# Does `it` <b>work</b>?")
    notebook(source, "dashboard.ipynb", "1 / 0")
    made = build_gallery(tmp_path / "out", notebooks=source, progress=False)
    assert [p.relative_to(tmp_path / "out").as_posix() for p in made] == ["index.html", "00_a.html", "course/1_b.html"]
    for path in made:
        check_page(path)
    index = made[0].read_text(encoding="utf-8")
    assert "Is it small?" in index
    assert "00_a · beginner · 3 min" in index
    assert index.count("data:image/png;base64,") == 1
    assert "&lt;b&gt;work&lt;/b&gt;" in index
    assert "to nobody" not in made[1].read_text(encoding="utf-8")
    assert "42" in made[2].read_text(encoding="utf-8")
    assert 'href="../index.html"' in made[2].read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_real_notebook_with_figures(tmp_path):
    made = build_gallery(tmp_path, only=["06_across_years"], progress=False)
    assert len(made) == 2
    for path in made:
        check_page(path)
    text = made[1].read_text(encoding="utf-8")
    assert "<title>Do the figures of one year join up with those of the next?</title>" in text
    assert text.count('alt="Figure: Do the figures') == 2
    assert "597 + 50 - 227 = 420" in text
    assert "Microsoft YaHei" in text


@pytest.mark.slow
def test_a_failing_notebook_is_named(tmp_path, capsys):
    notebook(tmp_path / "n", "00_bad.ipynb", "1 / 0")
    assert main([str(tmp_path / "out"), "--notebooks", str(tmp_path / "n")]) == 1
    error = capsys.readouterr().err
    assert "00_bad.ipynb" in error
    assert "ZeroDivisionError" in error


class TestEntries:
    def test_the_notebooks_of_this_project(self):
        entries = find_entries(NOTEBOOKS)
        names = [e.path.stem for e in entries]
        assert names[:2] == ["00_start_here", "01_one_report"]
        assert names[-3:] == ["1_read_one_report", "2_rates_and_small_numbers", "3_can_we_compare"]
        assert not any("solutions" in name or "dashboard" in name for name in names)
        first = entries[0]
        assert (first.title, first.level, first.minutes, first.section) == (
            "What are these reports, and how do I look at one?", "beginner", 10, "",
        )  # fmt: skip
        assert first.about.startswith("Every government body in China")
        assert entries[-1].page == "course/3_can_we_compare.html"

    def test_solutions_are_asked_for(self):
        assert [e.section for e in find_entries(NOTEBOOKS, solutions=True)][-3:] == ["solutions"] * 3

    def test_wrong_use(self, tmp_path, capsys):
        with pytest.raises(UsageError, match=r"nothing is|no notebook is called 99_no; there are 00_start_here"):
            find_entries(NOTEBOOKS, only=["99_no"])
        assert main([str(tmp_path), "--notebooks", str(tmp_path / "none")]) == 2
        assert "none" in capsys.readouterr().err


def book_with(output: dict) -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("display_data", data=output)]
    book.cells = [nbformat.v4.new_markdown_cell("# Q?"), cell]
    return book


ENTRY = Entry(Path("00_x.ipynb"), "00_x.html", "Q?")


class TestPages:
    def test_controls_become_a_sentence(self):
        text = page_html(book_with({"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}), ENTRY, {})
        assert "Controls work in Jupyter only" in text
        assert "<script" not in text

    @pytest.mark.parametrize("bad", ['<img src="https://example.org/x.png">', "<script src='x.js'></script>",
                                     '<link rel="stylesheet" href="x.css">', "<style>@import 'x'</style>"])  # fmt: skip
    def test_what_would_be_fetched_is_refused(self, bad):
        with pytest.raises(GovreportError, match=r"00_x\.ipynb: its page should need nothing"):
            page_html(book_with({"text/html": bad}), ENTRY, {})

    def test_links_between_notebooks(self):
        here = Path("/n/course/1_x.ipynb")
        book = nbformat.v4.new_notebook()
        book.cells = [nbformat.v4.new_markdown_cell(
            "[one](../00_a.ipynb) [gone](../09_z.ipynb) [out](https://example.org/) [sources](../../data/S.md)"
        )]  # fmt: skip
        text = page_html(book, Entry(here, "course/1_x.html", "Q?"), {Path("/n/00_a.ipynb"): "00_a.html"})
        assert re.findall(r'<a href="([^"#]+)"', text) == ["../index.html", "../00_a.html", "https://example.org/"]
        assert "gone" in text
        assert "sources" in text


def test_the_index_of_nothing_is_still_a_page():
    assert "<h1>" in index_html([])
