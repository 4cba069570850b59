"""A real Chromium with the network cut."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

CHROMIUM = shutil.which("chromium")


@contextmanager
def offline_context(**options: Any) -> Iterator[BrowserContext]:
    """Open a browser that reaches no network at all; files on disk only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu"],
        )
        context = browser.new_context(offline=True, **options)
        try:
            yield context
        finally:
            browser.close()
