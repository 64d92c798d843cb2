"""``make screenshots``: the pictures of the README, taken from the demonstration."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.chromium import chromium
from tests.product import ROOT, Product

EVENT = "SELECT format('/outreach/%s/', id) FROM outreach_event WHERE object_kind = 'report' ORDER BY id DESC LIMIT 1"
SHOTS = [  # who, where (an address, or the SQL that gives it), width, language, scheme, file
    ("editor", EVENT, 1366, "zh-CN", "light", "publish.png"),
    ("manager1", "/clients/1/", 1366, "zh-CN", "light", "client.png"),
    ("manager1", EVENT.replace("%s/'", "%s/why/2/'"), 1366, "en", "light", "why-en.png"),
    (
        "boss",
        "SELECT format('/outreach/shares/%s/', issue_id) FROM outreach_allotment WHERE state = 'open' LIMIT 1",
        1366,
        "zh-CN",
        "light",
        "chase.png",
    ),
    (
        "boss",
        "SELECT format('/outreach/campaigns/%s/', id) FROM outreach_campaign WHERE state = 'ended' LIMIT 1",
        1366,
        "en",
        "dark",
        "campaign-en.png",
    ),
    ("boss", "/desk/?view=late", 1366, "zh-CN", "light", "desk.png"),
    ("80000002", "/portal/reports/5/", 390, "zh-CN", "dark", "portal-locked.png"),
    ("80000001", "/portal/inbox/", 390, "en", "light", "portal-inbox-en.png"),
]


def main() -> None:
    """Writes ``docs/pictures``."""
    target = ROOT / "docs" / "pictures"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        Path(folder).chmod(0o755)
        product = Product(Path(folder) / "var").start()
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
                page.goto(product.address + (product.sql(path)[0][0] if path.startswith("SELECT") else path))
                if file == "desk.png":
                    page.locator("ul.cases a").first.click()
                page.wait_for_timeout(400)
                page.screenshot(path=target / file)
                context.close()
        finally:
            product.stop()


if __name__ == "__main__":
    main()
