"""Notebooks: kept without output, one shape for all, and each runs from top to bottom."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
OURS = [p for p in NOTEBOOKS if p.parent == FOLDER and re.match(r"(0[0-689]|1[01])_", p.name)]
LESSONS = [p for p in NOTEBOOKS if p.parent == FOLDER / "course"]
SOLUTIONS = [p for p in NOTEBOOKS if p.parent == FOLDER / "course" / "solutions"]
QUESTIONS = [p for p in NOTEBOOKS if p in OURS or p in LESSONS]
RUNS = [*((p, "zh") for p in OURS), (OURS[1], "en"), (OURS[5], "en"), (OURS[6], "en")]


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


@cache
def run(path: Path, lang: str = "zh") -> nbformat.NotebookNode:
    client = pytest.importorskip("nbclient")
    book = read(path)
    for cell in book.cells:
        cell.source = cell.source.replace('LANG = "zh"', f'LANG = "{lang}"')
    place = {"metadata": {"path": path.parent}}
    client.NotebookClient(book, timeout=120, kernel_name="python3", resources=place).execute()
    return book


def outputs(book: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in book.cells if c.cell_type == "code" for o in c.outputs]


def test_they_are_all_there():
    assert [p.stem for p in OURS] == [
        "00_start_here", "01_one_report", "02_disclosure_volumes", "03_reasons_for_refusal", "04_enforcement_counts",
        "05_quality_of_reporting", "06_across_years", "08_outliers", "09_near_copies", "10_panel_for_regression",
        "11_collecting",
    ]  # fmt: skip
    assert [p.stem for p in LESSONS] == ["1_read_one_report", "2_rates_and_small_numbers", "3_can_we_compare"]
    assert [p.stem for p in SOLUTIONS] == [f"{p.stem}_solutions" for p in LESSONS]


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
            assert len(cell.source.splitlines()) <= 15 or cell.cell_type == "markdown", cell.source
            if cell.cell_type == "code":
                assert before is not None
                assert before.cell_type == "markdown"
                assert not re.search(r"^\s*(def|class|for|while|if) ", cell.source, re.M), "calls only"

    def test_links_lead_somewhere(self, path):
        text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
        for link in re.findall(r"\]\((?!https?:|#)([^)\s#]+)", text):
            expected = path.parent / link
            assert expected.exists(), link


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda p: p.stem)
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
            if not re.match(r"plots\.(reason_table|refusal_rates|cell_statuses)\(", call):
                assert call.endswith("lang=LANG)")

    def test_listed_as_it_says_itself(self, path):
        lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if path.name in line)
        opening = read(path).cells[1].source
        level, minutes = re.search(r"\*\*Level:\*\* (\w+)", opening)[1], re.search(r"\*\*Time:\*\* (\d+)", opening)[1]
        assert f"| {level} | {minutes} |" in line
        assert level in ("beginner", "intermediate", "advanced")
        question = read(path).cells[0].source.splitlines()[0].lstrip("# ").partition(": ")
        assert (question[2] or question[0]) in line

    def test_invented_data_are_called_invented(self, path):
        source = "\n".join(c.source for c in read(path).cells)
        if re.search(r"synthetic\.damaged|agencies_of_one_rate|local_web", source):
            assert re.search(r"\*\*invented", source)
            assert "合成" in source


def test_the_start_shows_no_jargon_before_it_is_explained():
    book = read(FOLDER / "00_start_here.ipynb")
    first = next(n for n, c in enumerate(book.cells) if c.cell_type == "code")
    before = "\n".join(c.source for c in book.cells[:first])
    assert "Shift" in before
    assert "Enter" in before
    code = "\n".join(c.source for c in book.cells if c.cell_type == "code")
    assert "lambda" not in code


@pytest.mark.slow
@pytest.mark.parametrize(("path", "lang"), RUNS, ids=lambda x: getattr(x, "stem", x))
def test_runs_from_top_to_bottom(path, lang):
    shown = outputs(run(path, lang))
    assert not [o for o in shown if o.output_type == "error"]
    assert [o for o in shown if "image/png" in o.get("data", {})], "its figures show themselves"


@pytest.mark.slow
class TestWhatTheyShow:
    def test_planted_damage_is_found_where_it_is(self):
        text = "".join(str(o.get("data", {}).get("text/html", "")) for o in outputs(run(OURS[5])))
        for rule in ("I2", "I9", "lines_removed", "text_in_cell", "pictures", "large_amount", "same_tables"):
            assert f"<td>{rule}</td>" in text, rule

    def test_suqian_joins_up_and_the_planted_breaks_do_not(self):
        shown = outputs(run(OURS[6]))
        plain = "\n".join(str(o.get("data", {}).get("text/plain", "")) for o in shown)
        assert "597 + 50 - 227 = 420; printed: 420" in plain
        assert plain.count("Empty DataFrame") == 1
        assert re.search(r"I5\s+warning", plain)
        assert re.search(r"I6\s+warning", plain)

    def test_collecting_is_polite_and_ends_in_the_true_figures(self):
        book = run(next(path for path in OURS if path.stem == "11_collecting"))
        said = {
            cell.source: "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
            for cell in book.cells
            if cell.cell_type == "code"
        }

        def shown(code):
            return next(text for source, text in said.items() if code in source)

        assert "the limit of 30 requests is reached" in shown("max_pages=30")
        assert re.search(r"waiting +0\b", shown("status = gr.crawl_sites"))
        pauses = re.findall(r"^(\w+) +\d+ +(\d+) +([\d.]+)$", shown("shortest_pause"), re.M)
        assert {site: at_once for site, at_once, _ in pauses} == dict.fromkeys(
            ("challenge", "copies", "flaky", "gbk", "hanweb", "robots"), "1"
        )
        assert all(float(pause) >= (0.3 if site == "robots" else 0.05) for site, _, pause in pauses)
        assert shown('hits("outside")').endswith(", 0)")
        found = re.findall(r"^(\w+) +(\d+) +(\d+)$", shown('agg(expected="size"'), re.M)
        assert {site: (int(due), int(had)) for site, due, had in found} == {
            "copies": (14, 14), "flaky": (12, 12), "gbk": (16, 16), "hanweb": (16, 16), "robots": (6, 6),
        }  # fmt: skip
        assert re.search(r"printed +11976\s+right +11976\s+missing +0\b", shown('"printed"'))
        sums = re.search(r"all of these +(\d+)\s+records +(\d+)", shown("panel.summary()"))
        assert sums[1] == sums[2] != "0"
