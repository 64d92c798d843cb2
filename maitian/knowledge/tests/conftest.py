"""Articles to begin with, and the hands that write and check them."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.clients.models import Client
from maitian.knowledge.actions import writing
from maitian.knowledge.models import Article


@pytest.fixture
def client(story: list[int]) -> Client:
    """陈建国, Gold Wisdom, of account manager 1."""
    return Client.objects.select_related("manager", "branch").get(pk=story[0])


@pytest.fixture
def article(member: Any) -> Any:
    """``article(title=…, answer=…, …)`` → published: written by an agent, checked by the branch manager."""

    def made(**values: Any) -> Article:
        given = {
            "title": "银证转账什么时候能转",
            "answer": "交易日 9:00 到 16:00 可以转。",
            "facing": "clients",
            **values,
        }
        version = writing.save_draft(by=member("hotline1"), values=given)
        writing.submit(article_id=version.article_id, number=version.number, by=member("hotline1"))
        writing.publish(article_id=version.article_id, number=version.number, by=member("boss"))
        return Article.objects.select_related("owner", "worth").get(pk=version.article_id)

    return made


@pytest.fixture
def enquiry(client: Client) -> Any:
    """``enquiry()`` → a case that the client opened in the portal."""
    from maitian.desk.actions.opening import open_case

    def made(body: str = "请问银证转账几点以前能转出来？", **more: Any) -> Any:
        given = {
            "kind": "enquiry",
            "branch": client.branch,
            "client": client,
            "channel": "portal",
            "actor": client.actor,
        }
        return open_case(body=body, **{**given, **more}).case

    return made
