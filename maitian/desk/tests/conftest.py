"""A case to begin with, and the hands that work on it."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.clients.models import Client


@pytest.fixture
def client(story: list[int]) -> Client:
    """陈建国, Gold Wisdom, of account manager 1."""
    return Client.objects.select_related("manager", "branch").get(pk=story[0])


@pytest.fixture
def enquiry(client: Client) -> Any:
    """``enquiry()`` → a case that the client opened in the portal."""
    from maitian.desk.actions.opening import open_case

    def made(body: str = "上月账单里的佣金和签约时说的不一样。", **more: Any) -> Any:
        given = {
            "kind": "enquiry",
            "branch": client.branch,
            "client": client,
            "channel": "portal",
            "actor": client.actor,
        }
        return open_case(body=body, **{**given, **more}).case

    return made
