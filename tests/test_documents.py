"""Documents say what is true."""

from __future__ import annotations

import re
from pathlib import Path

from tests import requirements_doc

ROOT = Path(__file__).resolve().parent.parent


def test_requirements_are_those_of_the_marks() -> None:
    assert requirements_doc.TARGET.read_text("utf-8") == requirements_doc.text()
    assert set(requirements_doc.shown()) <= set(requirements_doc.POINTS)


def test_pictures_and_links_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "README.zh-CN.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", document.read_text("utf-8")):
            assert target.startswith("http") is False and (document.parent / target).exists(), (
                f"{document.name}: {target}"
            )


def test_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        content = (ROOT / name).read_text()
        assert "http" not in content and "--hash=sha256:" in content and "find-links" not in content


def test_the_runtime_and_the_development_lock_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: development.get(name) for name in runtime} == runtime
