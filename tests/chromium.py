"""The real browser of the browser tests and of the pictures."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium; the system's, or the one that ``CHROMIUM`` names."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        try:
            yield made
        finally:
            # While Playwright's event loop runs, Django keeps another connection for this thread than it does without.
            # Left open, it would point to the database of this test in the next one.
            if settings.configured:
                connections.close_all()
            made.close()
