"""Notebooks: kept without output, one shape for all, and each runs from top to bottom."""

import importlib
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
OURS = [p for p in NOTEBOOKS if p.name[:2] in ("01", "02", "03", "04")]


def parser_is_there() -> bool:
    try:
        importlib.import_module("govreport.api")
        return hasattr(importlib.import_module("govreport.parse"), "parse_report")
    except ImportError:
        return False


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_the_four_are_there():
    assert [p.stem for p in OURS] == [
        "01_one_report", "02_disclosure_volumes", "03_reasons_for_refusal", "04_enforcement_counts",
    ]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
class TestShape:
    def test_valid_and_without_output(self, path):
        book = read(path)
        nbformat.validate(book)
        assert (book.nbformat, book.nbformat_minor) == (4, 5)
        assert book.metadata.kernelspec.name == "python3"
        for cell in book.cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None

    def test_cells_are_short_and_have_prose_before_them(self, path):
        cells = read(path).cells
        for before, cell in zip([None, *cells], cells, strict=False):
            assert len(cell.source.splitlines()) <= 15, cell.source
            if cell.cell_type == "code":
                assert before is not None
                assert before.cell_type == "markdown"
                assert not re.search(r"^\s*(def|class|for|while|if) ", cell.source, re.M), "calls only"


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.stem)
class TestOpening:
    def test_question_needs_imports_data(self, path):
        cells = read(path).cells
        assert re.match(r"# .+\?$", cells[0].source.splitlines()[0])
        for word in ("**You need:**", "**Time:**", "**Level:**", "**Words:**"):
            assert word in cells[1].source
        code = [c.source for c in cells if c.cell_type == "code"]
        assert code[0].startswith("import govreport as gr")
        assert 'LANG = "zh"' in code[0]
        assert not any(re.search(r"^(import|from) ", c, re.M) for c in code[1:])

    def test_ends_with_its_limits(self, path):
        last = read(path).cells[-1]
        assert last.cell_type == "markdown"
        assert last.source.startswith("## What these data cannot say")

    def test_key_terms_are_bilingual(self, path):
        assert re.search(r"\([一-鿿]{2,}", read(path).cells[1].source)

    def test_figures_take_the_language(self, path):
        code = "\n".join(c.source for c in read(path).cells if c.cell_type == "code")
        for call in re.findall(r"^plots\.\w+\(.*\)$", code, re.M):
            if not re.match(r"plots\.(reason_table|refusal_rates)\(", call):
                assert call.endswith("lang=LANG)")

    def test_listed_with_level_and_minutes(self, path):
        line = next(
            line for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines() if path.name in line
        )
        assert re.search(r"\| (beginner|intermediate|advanced) \| \d+ \|", line)


@pytest.mark.slow
@pytest.mark.skipif(not parser_is_there(), reason="govreport.parse does not provide parse_report")
@pytest.mark.parametrize(("name", "lang"), [*((p.name, "zh") for p in OURS), ("01_one_report.ipynb", "en")])
def test_runs_from_top_to_bottom(name, lang):
    client = pytest.importorskip("nbclient")
    book = read(FOLDER / name)
    for cell in book.cells:
        cell.source = cell.source.replace('LANG = "zh"', f'LANG = "{lang}"')
    client.NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": FOLDER}}).execute()
    shown = [o for c in book.cells if c.cell_type == "code" for o in c.outputs]
    assert not [o for o in shown if o.output_type == "error"]
    assert [o for o in shown if "image/png" in o.get("data", {})], "its figures show themselves"
