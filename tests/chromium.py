"""The real browser of the browser tests and of the pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


PROGRAMS = ("chromium-headless-shell", "chromium")


def program() -> str:
    """The Chromium that ``CHROMIUM`` names, or the system's. The one without a window costs half of the other."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), PROGRAMS[-1])


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser without a window."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        try:
            yield made
        finally:
            # While Playwright's event loop runs, Django keeps another connection for this thread than it does without.
            # Left open, it would point to the database of this test in the next one.
            if settings.configured:
                connections.close_all()
            made.close()


def closing(browser: Browser) -> Iterator[Browser]:
    """The browser for one test: its pages are closed afterwards. Left open they go on asking and drawing in the next tests."""
    yield browser
    for context in browser.contexts:
        context.close()


AXE = Axe().axe_script + "; undefined"  # without its last value, which would come back over the wire
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "label", "button-name", "link-name"]}}


# Most of axe's time goes into contrast, and most of that into the hundredth row of a list. What decides is how an element and
# all that lies under it is painted: an element is marked as fresh if no other was painted so.
MARK = """seen => {
  const known = new Set(seen), fresh = [], under = new Map();
  const mixed = (number, text) => { for (const sign of text) number = Math.imul(number ^ sign.codePointAt(0), 16777619); return number; };
  const painted = element => {
    if (!element) return 2166136261;
    if (!under.has(element)) {
      const style = getComputedStyle(element);
      under.set(element, mixed(painted(element.parentElement), [element.tagName, element.getAttribute('class'), style.backgroundColor,
        style.backgroundImage, style.opacity, style.filter, style.position, style.zIndex].join(' ')));
    }
    return under.get(element);
  };
  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    const text = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('').trim();
    const look = mixed(painted(element), [style.color, style.fontSize, style.fontWeight, style.textShadow, style.visibility,
      element.getClientRects().length > 0, Math.min(2, text.length)].join(' '));
    if (!known.has(look)) { known.add(look); fresh.push(look); element.setAttribute('data-fresh', ''); }
  }
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-fresh]'}]});
  return fresh;
}"""


def violations(page: Page, options: dict[str, Any] | None = None, seen: set[int] | None = None) -> list[str]:
    """What axe finds wrong: the rule and the element, each shortened to be read. Empty when there is nothing.

    ``seen``: how the elements of earlier pages of the same walk were painted; contrast is looked at where it is new.
    """
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE)
    if seen is not None:
        seen.update(page.evaluate(MARK, list(seen)))
    found: list[str] = page.evaluate(
        "async options => (await axe.run(options)).violations.map(v => `${v.id} ${v.nodes[0].html.slice(0, 160)}`)",
        {"resultTypes": ["violations"], **(options or {})},
    )
    return found
