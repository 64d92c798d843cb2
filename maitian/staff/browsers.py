"""A browser's own description in three words: name, version, system."""

from __future__ import annotations

import re

# The order matters: every browser also claims to be the ones after it.
NAMES = (
    (r"MicroMessenger/(\d+)", "微信"),
    (r"Edg\w*/(\d+)", "Edge"),
    (r"OPR/(\d+)", "Opera"),
    (r"Firefox/(\d+)", "Firefox"),
    (r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+).*Safari", "Safari"),
)
SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"),
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)


def described(text: str) -> str:
    """``Chrome 126 · Windows`` for a User-Agent header; its first forty characters when it is none that we know."""
    browser = next((f"{name} {m[1]}" for pattern, name in NAMES if (m := re.search(pattern, text))), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, text)), "")
    return " · ".join(part for part in (browser, system) if part) or text[:40] or "–"
