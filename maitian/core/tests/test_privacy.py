from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.core import privacy


@given(st.text(max_size=60))
def test_what_is_encrypted_comes_back_and_does_not_show(text: str) -> None:
    stored = privacy.encrypt(text)
    assert privacy.decrypt(stored) == text
    assert not text or (text.encode() not in stored or len(text) < 3)


def test_the_same_text_is_never_stored_the_same_way_twice() -> None:
    assert privacy.encrypt("陈建国") != privacy.encrypt("陈建国")
    assert privacy.token("陈建国") == privacy.token(" 陈建国 ") != privacy.token("陈建")


def test_changed_bytes_are_noticed() -> None:
    stored = bytearray(privacy.encrypt("13812342096"))
    stored[-1] ^= 1
    with pytest.raises(ValueError, match="changed"):
        privacy.decrypt(bytes(stored))


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (privacy.mask_name, "陈建国", "陈*国"),
        (privacy.mask_name, "陈红", "陈*"),
        (privacy.mask_name, "欧阳建国", "欧**国"),
        (privacy.mask_phone, "13812342096", "138****2096"),
        (privacy.mask_phone, "123", "****"),
        (privacy.mask_tail, "310101199001014471", "****4471"),
        (privacy.mask_email, "chenjg@example.com", "ch***@example.com"),
    ],
)
def test_masks(mask: object, text: str, shown: str) -> None:
    assert mask(text) == shown
