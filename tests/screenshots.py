"""``make screenshots``: the pictures of the README, taken from the demonstration."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.product import ROOT, Product

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = [
    ("editor", "/outreach/1/", 1366, "zh-CN", "light", "publish.png"),
    ("manager1", "/clients/1/", 1366, "zh-CN", "light", "client.png"),
    ("manager1", "/outreach/1/why/2/", 1366, "en", "light", "why-en.png"),
    ("80000002", "/portal/reports/5/", 390, "zh-CN", "dark", "portal-locked.png"),
    ("80000001", "/portal/inbox/", 390, "en", "light", "portal-inbox-en.png"),
]


def main() -> None:
    """Writes ``docs/pictures``."""
    target = ROOT / "docs" / "pictures"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder).chmod(0o755)
        product = Product(Path(folder) / "var").start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        try:
            for name, path, width, language, scheme, file in SHOTS:
                context = browser.new_context(
                    viewport={"width": width, "height": 844}, locale=language, color_scheme=scheme
                )
                page = context.new_page()
                portal = name.isdigit()
                page.goto(product.address + ("/portal/sign-in/" if portal else "/sign-in/"))
                page.fill("#account" if portal else "#name", name)
                page.fill("#password", "maitian-demo")
                page.click("form button.pri")
                page.goto(product.address + path)
                page.wait_for_timeout(400)
                page.screenshot(path=target / file)
                context.close()
        finally:
            browser.close()
            product.stop()


if __name__ == "__main__":
    main()
