"""Debian's Chromium, started once for each file of tests, and pages that are closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers import ARGUMENTS, SHOTS, chromium
from steps import LATER

NEAR = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright: make setup")
    path = chromium()
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def look(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages of a size; addresses beyond this machine that they ask for make the test fail."""
    contexts, strangers = [], []

    def opened(url: str, size: dict[str, int], **options: Any) -> Any:
        contexts.append(browser.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.on("request", lambda r: None if r.url.startswith(NEAR) else strangers.append(r.url))
        page.set_default_timeout(LATER)
        page.goto(url, timeout=4 * LATER)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not strangers


@pytest.fixture(scope="module")
def shot() -> Callable[[Any, str], None]:
    """Keeps a picture of a page in build/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Any, name: str) -> None:
        page.screenshot(path=SHOTS / f"{name}.png")

    return take
