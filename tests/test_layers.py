"""One arrow: a part knows only the parts before it. And importing the package pulls in nothing heavy."""

from __future__ import annotations

import ast
import graphlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import govreport

PACKAGE = Path(govreport.__file__).parent

BASE = "errors model forms"
TABLES = f"{BASE} schema rebuild frames"
MAY = {
    "errors": "",
    "charsets": "",
    "kinds": "",
    "model": "errors",
    "forms": "errors",
    "fetch": f"{BASE} charsets kinds",
    "read": "errors model charsets kinds",
    "sources": f"{BASE} kinds",
    "parse": BASE,
    "schema": BASE,
    "rebuild": f"{BASE} schema",
    "frames": f"{BASE} schema rebuild",
    "checks": TABLES,
    "analysis": f"{TABLES} checks synthetic",  # the calibration simulates panels
    "explore": f"{TABLES} checks analysis",
    "plots": f"{TABLES} checks analysis explore",
    "widgets": f"{TABLES} checks analysis explore plots show export bundled",
    "dashboard": f"{TABLES} checks api export bundled synthetic widgets",
    "show": TABLES,
    "export": TABLES,
    "dictionary": "errors forms",
    "synthetic": f"{BASE} schema frames",  # the page writer keeps to BASE: tests/test_panel.py
    "query": TABLES,
    "api": f"{TABLES} checks fetch read parse sources query",
    "crawl": f"{BASE} charsets kinds fetch sources read parse",
    "bulk": f"{TABLES} checks read parse sources api export query",
    "evidence": f"{TABLES} checks analysis plots show export",
    "inspection": f"{BASE} read parse schema rebuild frames show",
    "bundled": f"{TABLES} checks api",
    "course": "errors model bundled",
    "gallery": "errors",
    "cli": f"{TABLES} checks analysis plots show export dictionary fetch api bundled dashboard crawl bulk query "
    "evidence inspection read",
}
# An object shows itself in Jupyter: the method of the earlier part calls the later one when it is asked to.
SHOWS_ITSELF = {("model", "show"), ("frames", "show"), ("frames", "query")}

# Third-party packages: the parts that may use them; "inside" only within functions, so that importing stays light.
HEAVY = {
    "pandas": {
        "schema",
        "rebuild",
        "frames",
        "checks",
        "analysis",
        "explore",
        "plots",
        "widgets",
        "show",
        "export",
        "synthetic",
        "bundled",
        "course",
        "cli",
        "query",
        "bulk",
        "evidence",
    },
    "numpy": {
        "read",
        "frames",
        "checks",
        "analysis",
        "explore",
        "plots",
        "widgets",
        "synthetic",
        "bundled",
        "course",
        "bulk",
    },
    "PIL": {"read"},
    "cv2": {"read"},
    "onnxruntime": {"read"},
    "rapidocr": {"read"},
    "scipy": {"analysis"},
    "datasketch": {"analysis"},
    "scrapy": {"crawl"},
    "twisted": {"crawl"},
    "warcio": {"crawl"},
    "fastwarc": {"sources"},
    "fsspec": {"sources", "bulk"},
    "dask": {"bulk"},
    "distributed": {"bulk"},
    "duckdb": {"query", "bulk"},
    "matplotlib": {"plots", "widgets", "cli", "evidence"},
    "seaborn": {"plots"},
    "ipywidgets": {"widgets"},
    "httpx": {"fetch"},
    "bs4": {"fetch", "crawl"},
    "selectolax": {"read", "fetch", "crawl"},
    "lxml": {"read"},
    "cnloc": {"parse", "analysis"},
    "rapidfuzz": {"parse", "analysis"},
    "opencc": {"parse"},
    "openpyxl": {"export"},
    "pyarrow": {"export", "sources", "query", "bulk"},
    "tqdm": {"api", "gallery", "bulk", "crawl"},
    "pypinyin": {"explore"},
}
INSIDE = {"httpx", "bs4", "cnloc", "openpyxl", "tqdm", "ipywidgets", "pypinyin", "scipy", "datasketch", "scrapy",
          "twisted", "warcio", "fastwarc", "fsspec", "dask", "distributed", "duckdb", "opencc", "PIL", "cv2",
          "onnxruntime", "rapidocr"}  # fmt: skip
# modules, folders and parts that are themselves imported inside functions only
LOADED_LATE = {"fetch/net.py", "widgets", "crawl/engine", "read/ocr"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_top(tree: ast.Module) -> Iterator[str]:
    """Imports that run when the module is imported: not those of functions and of ``if TYPE_CHECKING``."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if part_of(p) not in ("__init__", "__main__"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_arrow(path: Path) -> None:
    part = part_of(path)
    assert part in MAY, f"say in MAY what {part} may import"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imported(tree):
        top, _, rest = name.partition(".")
        if top == "govreport":
            other = rest.partition(".")[0]
            allowed = other == part or other in MAY[part].split() or (part, other) in SHOWS_ITSELF
            # the command asks the package for its version, and nothing else
            assert allowed or (part, name) == ("cli", "govreport"), f"{part} must not import {name}"
        elif top in HEAVY:
            assert part in HEAVY[top], f"{part} must not import {top}"
    for name in at_top(tree):
        top = name.partition(".")[0]
        late = {str(path.relative_to(PACKAGE)), str(path.parent.relative_to(PACKAGE)), part_of(path)} & LOADED_LATE
        assert top not in INSIDE or late, f"import {top} inside the function that needs it"
        assert name.partition(".")[2].partition(".")[0] != "show", f"import {name} inside the method that shows"


def test_the_arrow_has_no_cycle() -> None:
    order = list(graphlib.TopologicalSorter({part: before.split() for part, before in MAY.items()}).static_order())
    assert order[0] == "errors"
    assert order.index("frames") < order.index("checks") < order.index("cli")


def test_a_planted_wrong_import_is_caught() -> None:
    names = list(imported(ast.parse("def f():\n    from govreport.parse import parse_report\n    import bs4")))
    assert names == ["govreport.parse.parse_report", "bs4"]
    assert "parse" not in MAY["read"].split()
    assert list(at_top(ast.parse("if TYPE_CHECKING:\n    import bs4"))) == []


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


HEAVY_NAMES = {"matplotlib", "seaborn", "ipywidgets", "httpx", "bs4", "cnloc", "openpyxl", "tqdm", "IPython", "pytest",
               "scipy", "datasketch", "scrapy", "twisted", "warcio", "fastwarc", "fsspec", "dask", "distributed",
               "duckdb", "PIL", "cv2", "onnxruntime", "rapidocr"}  # fmt: skip


def test_importing_pulls_in_nothing_heavy() -> None:
    assert not modules_after("import govreport") & (HEAVY_NAMES | {"selectolax", "rapidfuzz"})


def test_names_of_the_package_pull_in_no_plotting_or_crawling() -> None:
    loaded = modules_after("from govreport import *")
    assert "pandas" in loaded
    assert not loaded & HEAVY_NAMES


def test_public_names_exist_and_say_what_they_raise() -> None:
    assert len(govreport.__all__) <= 16
    assert list(govreport.__all__) == sorted(govreport.__all__)
    for name in govreport.__all__:
        found = getattr(govreport, name)
        if name == "__version__":
            assert found.count(".") >= 1
            continue
        text = inspect.getdoc(found) or ""
        silent = inspect.isclass(found)  # a class that holds values raises nothing; its methods say what they raise
        assert len(text) > 40, f"{name} needs a docstring"
        assert silent or "Raises:" in text or "Raises nothing" in text, f"{name} must say what it raises"
        assert name in dir(govreport)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'open_report'; it offers .*open_reports"):
        _ = govreport.open_report
