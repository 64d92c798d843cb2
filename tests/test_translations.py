"""Every string that a person can see has its English words."""

from __future__ import annotations

import ast
import contextlib
import gc
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent / "maitian"
CALLS = {"_", "gettext", "gettext_lazy", "lazy", "pgettext", "ngettext"}
HAN = re.compile("[一-鿿]")
# What templatize makes of the tags: gettext('…'), with the quotes of repr.
TAGGED = re.compile(r"gettext\(u?((?:'(?:[^'\\]|\\.)*')|(?:\"(?:[^\"\\]|\\.)*\"))")
# A string inside another tag: {% include "ui/empty.html" with title=_("没有申请") %}.
INLINE = re.compile(r"_\(\"([^\"]+)\"\)")


def of_templates() -> Iterator[tuple[Path, str]]:
    for path in ROOT.glob("*/templates/**/*.html"):
        source = path.read_text("utf-8")
        for literal in TAGGED.findall(templatize(source)):
            yield path, ast.literal_eval(literal)
        for literal in INLINE.findall(source):
            yield path, literal


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """No collector between two syntax trees: a finaliser that formats a traceback there breaks Python 3.11's parser."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def of_code() -> Iterator[tuple[Path, str]]:
    for path in ROOT.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path, first.value


def catalogue() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in ROOT.glob("*/locale/en/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            found |= {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}
    return found


def test_every_chinese_string_has_english_words() -> None:
    known = catalogue()
    with undisturbed():
        asked = [*of_templates(), *of_code()]
    assert len(asked) > 800
    missing = {
        (path.relative_to(ROOT).as_posix(), text)
        for path, text in asked
        if HAN.search(text) and text not in known
    }
    assert not missing, "\n".join(f"{path}: {text}" for path, text in sorted(missing))


def test_one_string_has_one_translation() -> None:
    """The rooms share one catalogue at run time: with two translations the page would show either."""
    found: dict[str, dict[str, str]] = {}
    for path in ROOT.glob("*/locale/en/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string:
                    found.setdefault(str(message.id), {})[path.parts[-5]] = str(message.string)
    wrong = {text: rooms for text, rooms in found.items() if len(set(rooms.values())) > 1}
    assert not wrong, wrong


def test_variables_are_the_same_in_both_languages() -> None:
    names = re.compile(r"%\((\w+)\)")
    wrong = [
        text
        for text, english in catalogue().items()
        if set(names.findall(text)) != set(names.findall(english))
    ]
    assert wrong == []


def test_a_template_says_nothing_in_chinese_outside_of_translation() -> None:
    """Chinese text in a template that no tag translates would stay Chinese for an English reader."""
    comment = re.compile(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", re.S)
    block = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}", re.S)
    wrong = []
    for path in ROOT.glob("*/templates/**/*.html"):
        if path.name == "language.html" or "style" in path.as_posix():
            continue  # names of languages, and samples
        text = block.sub("", comment.sub("", path.read_text("utf-8")))
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)
        if HAN.search(text):
            wrong.append((path.relative_to(ROOT).as_posix(), HAN.findall(text)[:5]))
    assert wrong == []
