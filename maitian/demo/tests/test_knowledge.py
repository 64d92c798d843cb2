from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from maitian.demo import knowledge
from maitian.demo.articles import ARTICLES
from maitian.knowledge import queries
from maitian.knowledge.models import Article, Gap, Version
from maitian.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> Any:
    return knowledge.load({m.sign_in_name: m for m in Member.objects.all()}, timezone.now())


@pytest.mark.requirement("G2")
def test_articles_say_what_the_branch_s_rules_say() -> None:
    text = "\n".join(values["answer"] for values in ARTICLES)
    assert "1.8‰ 到 3.0‰" in text  # the commission rates of the source
    assert all(1.8 <= float(rate) <= 3.0 for rate in re.findall(r"(\d\.\d)‰", text))
    assert len({values["title"] for values in ARTICLES}) == len(ARTICLES) >= 20


def test_the_knowledge_base_is_alive(loaded: int) -> None:
    assert loaded == Article.objects.filter(state="published").count() == len(ARTICLES)
    assert queries.overdue().count() == 2
    assert {v.state for v in Version.objects.filter(article__state="draft")} == {"draft", "submitted"}
    assert Gap.objects.filter(state="open", asked__gte=5).count() >= 4
    assert queries.little_help()[0].title.startswith("手机号换了")


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("我中签了，钱什么时候扣，不够行不行", "中签以后怎么缴款，几点截止"),
        ("昨天卖了股票钱转不到银行卡里", "银证转账什么时候能转"),
        ("密码输错三次锁住了怎么解", "忘了交易密码或资金密码"),
        ("上个月的佣金为什么扣了五块钱", "佣金怎么收"),
        ("想升级到金智慧要什么条件", "怎么换服务级别，什么时候生效"),
        ("风险测评过期了有影响吗", "风险测评到期了怎么办"),
        ("手机软件老闪退", "软件打不开、闪退、行情不动"),
        ("我想投诉你们的柜员", "我要投诉，怎么办理，多久答复"),
        ("怎么把股票转到别的公司，要销户", "转托管、销户怎么办"),
        ("能不能派人来家里教我用手机", "上门帮忙是怎么回事，要钱吗"),
    ],
)
def test_what_clients_say_leads_to_the_article(loaded: int, asked: str, title: str) -> None:
    assert title in [s.article.title for s in queries.suggest(asked)[:2]]
