"""Saved segments of the demonstration: what a branch would keep."""

from __future__ import annotations

from maitian.clients import actions

SERVED = {"is": "state", "any_of": ["opened", "active"]}
SEGMENTS = [
    ("金智慧、持有证券股", [SERVED, {"is": "level", "any_of": [2]}, {"is": "holds", "any_of": ["证券"]}]),
    (
        "资产 50 万以上、一个月没联系",
        [SERVED, {"is": "assets", "at_least": "500000"}, {"is": "last_contact", "older_than": 30}],
    ),
    ("一周内生日的金锦囊", [{"is": "level", "any_of": [3]}, {"is": "birthday", "within_days": 7}]),
    ("测评 30 天内到期", [SERVED, {"is": "assessment", "expires_within": 30}]),
    (
        "证件过期或快到期",
        [SERVED, {"any": [{"is": "id_document", "expired": True}, {"is": "id_document", "expires_within": 60}]}],
    ),
    (
        "愿意收短信、不要频繁打扰",
        [SERVED, {"is": "consent", "any_of": ["1-1"]}, {"not": {"is": "tag", "any_of": ["要多联系"]}}],
    ),
]  # fmt: skip


def load() -> None:
    for name, parts in SEGMENTS:
        actions.save_segment(name, {"all": parts}, actor="system:demo")
