"""Finds every text marked for translation in Python files and templates, and reads catalogues.

No gettext program is needed: Python goes through ``ast``, templates through Django's own ``templatize``,
whose answer is Python-like calls, and a catalogue is read line by line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOMS = Path(__file__).resolve().parents[2]
CALLS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
    "pgettext": 1,
    "pgettext_lazy": 1,
}
HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
TEXT = r"""(u?'(?:[^'\\\n]|\\.)*'|u?"(?:[^"\\\n]|\\.)*")"""
CALL_IN_TEMPLATE = re.compile(rf"(?<!\w)(n?p?gettext|_)\(\s*{TEXT}(?:\s*,\s*{TEXT})?")


def in_python(source: str) -> Iterator[str]:
    """First text of ``_("…")`` and its kin, the singular of ``ngettext``, the text after a context."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS:
            continue
        at = 1 if name.startswith("pgettext") else 0
        text = node.args[at] if len(node.args) > at else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text.value


def in_template(source: str) -> Iterator[str]:
    """Texts of ``translate``, ``blocktranslate`` and ``_("…")`` in a template, as gettext would see them."""
    for call, first, second in CALL_IN_TEMPLATE.findall(templatize(source)):
        yield ast.literal_eval(second if "p" in call and second else first)


def marked(room: Path) -> dict[str, str]:
    """Every marked text of a room with Chinese in it, and the first file it stands in."""
    found: dict[str, str] = {}
    for path in sorted(room.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            for text in in_python(path.read_text("utf-8")):
                found.setdefault(text, str(path.relative_to(ROOMS)))
    for pattern in ("*.html", "*.txt"):
        for path in sorted(room.rglob(pattern)):
            if "templates" in path.parts:
                for text in in_template(path.read_text("utf-8")):
                    found.setdefault(text, str(path.relative_to(ROOMS)))
    return {text: path for text, path in found.items() if HAN.search(text)}


def catalogue(path: Path) -> dict[str, list[str]]:
    """msgid → its translations (several with plurals). Entries marked fuzzy count as missing."""
    found: dict[str, list[str]] = {}
    fields: dict[str, str] = {}
    current, fuzzy = "", False

    def keep() -> None:
        if fields.get("msgid") and not fuzzy:
            texts = [value for name, value in fields.items() if name.startswith("msgstr")]
            found[fields["msgid"]] = texts

    for raw in [*path.read_text("utf-8").splitlines(), ""]:
        line = raw.strip()
        if not line or (line.startswith(("msgid ", "msgctxt ")) and "msgstr" in " ".join(fields)):
            keep()
            fields, current = {}, ""
            if not line:
                fuzzy = False
                continue
        if line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        elif line.startswith('"'):
            fields[current] += ast.literal_eval(line)
        else:
            current, _, text = line.partition(" ")
            fields[current] = ast.literal_eval(text)
    return found


def catalogues(language: str = "en") -> dict[str, list[str]]:
    """All rooms' catalogues of a language as one, as Django merges them."""
    merged: dict[str, list[str]] = {}
    for path in sorted(ROOMS.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
        merged |= catalogue(path)
    return merged
