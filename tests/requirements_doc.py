"""Writes ``docs/requirements.md`` from the marks on the tests: ``python -m tests.requirements_doc``."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "requirements.md"
POINTS = {
    "E1": "One client record, segments, care", "E2": "Winning, counter and care in one flow", "E3": "Three nets, one timeline",
    "E4": "Home visit help until it is solved", "E5": "New-share allotment chase", "E6": "Satisfaction, complaints, win-back, referrals",
    "E7": "Cost of keeping against cost of winning", "G1": "The branch of the source's size", "G2": "Service products priced 1.8–3.0 ‰",
    "G3": "Name, badge and page of each level", "G4": "Clients choose, the branch approves", "G5": "Gold Channel: access and hotline",
    "G6.1": "The research library's taxonomy", "G6.2": "Daily video show", "G6.3": "Model portfolios", "G6.4": "Daily market tracking",
    "G6.5": "Stock pool", "G6.6": "Selected references", "G6.7": "SMS service", "G6.8": "E-mail service", "G6.9": "Investment briefings",
    "G7": "Gold Brocade: a personal adviser", "G8": "New products without a programmer", "G9": "Four centres", "G10": "Every client has somebody",
    "G11": "Portal: sign in, read by level, apply", "G12": "SMS kinds and their yearly cost", "G13": "Reports by e-mail", "G14": "Hotline around the clock",
    "G15": "The account manager's services", "G16": "Standards measured in every link", "G17": "Training", "T1": "Know your client, suitable service",
    "T2": "Listening aids", "T3": "Refusals on record", "T4": "Kinds of complaint", "T5": "The complaint record", "T6": "Routing of complaints",
    "T7": "Closing a call", "T8": "Conduct scored", "T9": "Speed scored", "T10": "Promises", "T11": "Habits and preferences are known",
    "N1": "A policy comment reaches its clients", "N2": "Catalogue of business lines with risk",
    **{f"W{n}": "The wallpaper maker's rules (article 5)" for n in range(1, 21)},
}  # fmt: skip


def shown() -> dict[str, list[str]]:
    """Point → tests that carry its mark."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted([*ROOT.glob("tests/test_*.py"), *ROOT.glob("maitian/*/tests/test_*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
                    for argument in mark.args:
                        found[ast.literal_eval(argument)].append(f"`{path.relative_to(ROOT)}::{node.name}`")
    return found


def text() -> str:
    found = shown()
    lines = [
        "# Points of the source and the tests that show them", "",
        "Written by `python -m tests.requirements_doc` from the marks on the tests. A mark says that the test shows a part of the point,",
        "not that the whole point is done. A point without a test is not built yet.", "", "| point | what | tests |", "|---|---|---|",
    ]  # fmt: skip
    for point, title in POINTS.items():
        lines.append(f"| {point} | {title} | {'<br>'.join(found.get(point, [])) or '–'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
