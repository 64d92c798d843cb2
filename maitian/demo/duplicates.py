"""Second records of the same people, as they come about: a lead noted twice, an old passport, a shared phone."""

from __future__ import annotations

from typing import Any

from maitian.clients import duplicates, merge_actions
from maitian.clients.models import DuplicatePair
from maitian.staff.models import Branch, Member

PAIRS = 8


def twins(persons: list[Any]) -> None:
    """Changes the last people of the list in place: each second one becomes another record of the one before."""
    last = len(persons)
    if last < 100:
        return
    for n in range(PAIRS):
        first, second = last - 2 * n - 2, last - 2 * n - 1
        name, gender, _number, birthday, phone = persons[first]
        own = persons[second]
        persons[second] = (
            (name, gender, "", birthday, phone),  # a lead that the hotline noted again
            (name, gender, f"E{20_260_000 + n}", birthday, own[4]),  # opened with a passport, another phone
            (own[0], own[1], "", own[3], phone),  # two names, one phone: family
            (name, gender, "", None, phone),
            (name, "", f"H{10_260_000 + n}", birthday, phone),
            (name, gender, "", birthday, own[4]),
            (own[0], "", "", None, phone),
            (name, gender, f"E{30_260_000 + n}", birthday, phone),
        )[n]


def load(branch: Branch, members: dict[str, Member]) -> int:
    """Find them; one pair is dismissed, one merge waits for its checker, one is done. Returns the open pairs."""
    found = duplicates.find(branch.pk).fresh
    if not found:
        return 0
    clerk, boss = members["clerk1"].actor, members["boss"].actor
    family = DuplicatePair.objects.filter(evidence=1, state="open").order_by("pk").first()
    if family is not None:
        merge_actions.dismiss(family.pk, "母女共用一部手机，都到过柜台", actor=clerk)
    sure = list(DuplicatePair.objects.filter(state="open").order_by("-score", "pk")[:3])
    for n, pair in enumerate(sure[:2]):
        made = merge_actions.propose(
            pair.first_id, pair.second_id, choices={}, digest=merge_actions.digest_of(pair.first_id, pair.second_id),
            reason=("柜台核对证件原件，照片和签名一致", "本人来电，手机验证码一致，约了补签")[n], actor=clerk,
        )  # fmt: skip
        if n == 0:
            merge_actions.approve(made.pk, actor=boss)
    return DuplicatePair.objects.filter(state="open").count()
