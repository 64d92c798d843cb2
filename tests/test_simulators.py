"""Short messages as bytes, and what the simulators keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach import rules
from maitian.outreach.sms import decoded, header, segments
from maitian.simulators.smsc import parse_submit
from maitian.simulators.store import Log, recent


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=400))
def test_segments_carry_the_whole_text_in_the_billed_number_of_parts(text: str) -> None:
    parts = segments(text, 7)
    coding = parts[0][1]
    bodies = [header(data)[1] if esm else data for data, _c, esm in parts]
    assert decoded(b"".join(bodies), coding) == text
    assert all(len(data) <= (140 if coding == 8 else 160) for data, _c, _e in parts)
    assert all(decoded(body, coding).encode("utf-8", "strict") for body in bodies)  # no sign is torn
    assert len(parts) == rules.sms_parts(text)


def test_a_cut_off_submit_is_refused() -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_submit(b"\0\0\0" + b"1\0" + b"\0\0" + b"2\0" + b"\0\0\0\0\0\0\0\0\0\xff" + b"ab")


def test_the_reader_takes_the_newest_first(tmp_path: Path) -> None:
    log = Log(tmp_path / "mail.jsonl")
    for n in range(60):
        log.add({"to": f"a{n}", "text": "并购" if n % 2 else "其他"})
    log.flush()
    assert [item["to"] for item in recent(tmp_path, "mail", 2)] == ["a59", "a58"]
    assert len(recent(tmp_path, "mail", 100, "并购")) == 30
    assert (tmp_path / "mail.jsonl").stat().st_mode & 0o077 == 0
