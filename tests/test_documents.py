"""Documents say what is true."""

from __future__ import annotations

import re
import tomllib
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


def test_the_architecture_names_every_room_in_the_order_of_the_layers() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    drawn = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("```text\n")[1].split("```")[0]
    assert [re.split(r"\s{2,}", line)[0].replace(" · ", " | ") for line in drawn.splitlines()] == contract[
        "layers"
    ]


def test_every_decision_stands_in_the_index_under_its_own_number() -> None:
    files = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert len({name[:4] for name in files}) == len(files), "two decisions have one number"
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    assert [name for _number, name in re.findall(r"\| \[(\d+)\]\((0\S+)\)", index)] == files
    for path in ROOT.glob("maitian/**/*.py"):
        for name in re.findall(r"docs/adr/(\S+\.md)", path.read_text("utf-8")):
            assert name in files, f"{path.relative_to(ROOT)} names the decision {name}"


def test_every_package_has_its_licence() -> None:
    told = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    for name in ("requirements.in", "requirements-dev.in"):
        for package in re.findall(r"^([\w-]+)", (ROOT / name).read_text(), re.MULTILINE):
            assert package.startswith("-") or re.search(rf"[| ]{re.escape(package.lower())}[,* |]", told), (
                package
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
