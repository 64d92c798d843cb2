"""Articles: versions by two people, reviews, uses, answers of readers, gaps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction

from maitian.core import ledger
from maitian.core.errors import NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk.actions import files as desk_files
from maitian.desk.models import Draft
from maitian.knowledge import queries
from maitian.knowledge.actions import gaps, indexing, keeping, using, writing
from maitian.knowledge.errors import (
    ChangedMeanwhile,
    FieldMissing,
    HoldsAdvice,
    NotForClients,
    NotInForce,
    NotOpen,
    OwnerWrong,
    ReasonMissing,
    ReviewDateWrong,
)
from maitian.knowledge.models import Article, Feedback, Gap, Term, Use, Version
from maitian.staff.models import Notification

pytestmark = pytest.mark.django_db


def found(words: str) -> list[str]:
    listed = queries.found_by(words)
    return [Article.objects.get(pk=row["id"]).title for row in listed.part(0, 50)] if listed else []


# --- versions ----------------------------------------------------------------------------------------------


def test_a_version_goes_from_one_hand_to_another(member: Any) -> None:
    agent, boss = member("hotline1"), member("boss")
    version = writing.save_draft(by=agent, values={"title": "密码忘了怎么办"})
    article = version.article
    with pytest.raises(FieldMissing):
        writing.submit(article_id=article.pk, number=1, by=agent)
    writing.save_draft(by=agent, article_id=article.pk, values={"answer": "在登录页点“忘记密码”。"})
    writing.submit(article_id=article.pk, number=1, by=agent)
    assert found("忘记密码") == []
    with pytest.raises(ReasonMissing):
        writing.send_back(article_id=article.pk, number=1, by=boss, reason=" ")
    writing.send_back(article_id=article.pk, number=1, by=boss, reason="补上身份核对")
    assert Notification.objects.filter(member=agent, kind="knowledge.returned").exists()
    writing.save_draft(by=agent, article_id=article.pk, values={"answer": "先核对身份，再点“忘记密码”。"})
    writing.submit(article_id=article.pk, number=1, by=agent)
    writing.publish(article_id=article.pk, number=1, by=boss)
    article.refresh_from_db()
    assert (article.state, article.version, article.review_on) == ("published", 1, date(2027, 5, 23))
    assert found("忘记密码") == ["密码忘了怎么办"]
    kinds = list(
        LedgerEntry.objects.filter(object_kind="article").order_by("number").values_list("kind", flat=True)
    )
    assert kinds == ["knowledge.drafted", "knowledge.drafted", "knowledge.submitted", "knowledge.returned", "knowledge.drafted",
                     "knowledge.submitted", "knowledge.published"]  # fmt: skip
    assert ledger.verify().sound


def test_nobody_checks_his_own_and_nothing_is_done_twice(member: Any, article: Any) -> None:
    lead = member("lead")
    version = writing.save_draft(by=lead, values={"title": "一", "answer": "二"})
    writing.submit(article_id=version.article_id, number=1, by=lead)
    with pytest.raises(SameMakerAndChecker):
        writing.publish(article_id=version.article_id, number=1, by=lead)
    writing.publish(article_id=version.article_id, number=1, by=member("boss"))
    with pytest.raises(NotOpen):
        writing.publish(article_id=version.article_id, number=1, by=member("boss"))


def test_a_new_version_begins_with_the_old_words_and_replaces_them_when_published(
    member: Any, article: Any
) -> None:
    made = article(answer="转出到 16:00 为止。", inside="后台在清算菜单里查。", tags=["转账"])
    agent = member("hotline2")
    second = writing.save_draft(
        by=agent, article_id=made.pk, values={"answer": "转出到 15:30 为止。", "change": "时间改了"}
    )
    assert (second.number, second.inside, second.tags) == (2, "后台在清算菜单里查。", ["转账"])
    assert found("16") == [made.title]  # the draft changes nothing that is in force
    writing.submit(article_id=made.pk, number=2, by=agent)
    writing.publish(article_id=made.pk, number=2, by=member("boss"))
    assert found("16") == [] and found("15") == [made.title]
    states = list(Version.objects.filter(article=made).order_by("number").values_list("state", flat=True))
    assert states == ["replaced", "published"]


def test_two_writers_do_not_overwrite_each_other(member: Any) -> None:
    version = writing.save_draft(by=member("hotline1"), values={"title": "一"})
    seen = version.changed_at
    writing.save_draft(
        by=member("hotline2"),
        article_id=version.article_id,
        values={"answer": "后写的"},
        seen=seen,
        at=seen + timedelta(seconds=5),
    )
    with pytest.raises(ChangedMeanwhile) as refused:
        writing.save_draft(
            by=member("hotline1"), article_id=version.article_id, values={"answer": "先写的"}, seen=seen
        )
    assert member("hotline2").name in refused.value.sentence()
    version.refresh_from_db()
    assert version.answer == "后写的"


def test_the_database_keeps_versions_as_they_were(article: Any) -> None:
    made = article()
    version = made.versions.get()
    for act in (
        lambda: Version.objects.filter(pk=version.pk).update(answer="改写历史"),
        lambda: Version.objects.filter(pk=version.pk)._raw_delete("default"),
        lambda: Article.objects.filter(pk=made.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(
            article=made,
            number=7,
            state="published",
            title="x",
            maker="x",
            made_at=version.made_at,
            changed_at=version.made_at,
        )


def test_withdrawn_is_found_by_nobody_and_comes_back_with_a_new_version(
    member: Any, article: Any, client: Any
) -> None:
    made = article()
    writing.withdraw(article_id=made.pk, by=member("boss"), reason="规则变了")
    assert found("转账") == [] and not queries.open_to(made, client.pk)
    with pytest.raises(NotInForce):
        writing.withdraw(article_id=made.pk, by=member("boss"), reason="再来")
    again = writing.save_draft(
        by=member("hotline1"), article_id=made.pk, values={"answer": "新的时间是 9:00 到 15:30。"}
    )
    writing.submit(article_id=made.pk, number=again.number, by=member("hotline1"))
    writing.publish(article_id=made.pk, number=again.number, by=member("boss"))
    assert found("转账") == [made.title]


def test_files_are_checked_and_go_along_with_new_versions(
    member: Any, article: Any, tmp_path: Any, settings: Any
) -> None:
    from maitian.desk.errors import FileTypeWrong

    settings.MEDIA_ROOT = tmp_path
    made = article()
    with pytest.raises(FileTypeWrong):
        desk_files.check([SimpleUploadedFile("步骤.pdf", b"MZ not a pdf")])
    kept = desk_files.check([SimpleUploadedFile("步骤.pdf", b"%PDF-1.7 steps")])
    writing.attach(article_id=made.pk, by=member("hotline1"), files=kept)
    writing.submit(article_id=made.pk, number=2, by=member("hotline1"))
    writing.publish(article_id=made.pk, number=2, by=member("boss"))
    third = writing.save_draft(by=member("hotline1"), article_id=made.pk, values={"title": "改个标题"})
    file = third.files.get()
    assert file.name == "步骤.pdf"
    writing.detach(article_id=made.pk, file_id=file.pk, by=member("hotline1"))
    assert not third.files.exists() and Version.objects.get(article=made, number=2).files.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.get(article=made, number=2).files.all().delete()


def test_text_for_clients_that_is_advice_is_refused(member: Any) -> None:
    values = {"title": "新股中签", "answer": "方正证券建议买入，目标价 8 元。", "facing": "clients"}
    version = writing.save_draft(by=member("hotline1"), values=values)
    with pytest.raises(HoldsAdvice) as refused:
        writing.submit(article_id=version.article_id, number=1, by=member("hotline1"))
    assert "方正证券" in refused.value.sentence("zh-hans") and refused.value.field == "answer"
    writing.save_draft(by=member("hotline1"), article_id=version.article_id, values={"facing": "staff"})
    writing.submit(article_id=version.article_id, number=1, by=member("hotline1"))


# --- searching ---------------------------------------------------------------------------------------------


def test_every_two_characters_of_an_article_find_it(article: Any) -> None:
    made = article(
        title="风险测评到期了",
        questions="测评过期怎么办",
        answer="两年一次，请在客户端里重做。",
        inside="柜台也能做，需要双录。",
        tags=["适当性"],
    )
    for text in (
        "风险测评到期了",
        "测评过期怎么办",
        "两年一次",
        "请在客户端里重做",
        "柜台也能做",
        "需要双录",
        "适当性",
    ):
        for i in range(len(text) - 1):
            assert made.title in found(text[i : i + 2]), text[i : i + 2]
    assert found("没有的词") == [] and queries.found_by("？？") is None


def test_titles_come_first_and_then_what_is_used(article: Any, member: Any, enquiry: Any) -> None:
    often = article(title="一", answer="说到佣金的。")
    titled = article(title="佣金怎么算", answer="看级别。")
    seldom = article(title="二", answer="也说到佣金。")
    using.use(article=often, case=enquiry(), by=member("hotline1"), how=Use.How.WORDS)
    assert found("佣金") == [titled.title, often.title, seldom.title]


def test_the_plan_of_a_search_is_the_index_s(article: Any) -> None:
    article()
    with connection.cursor() as cursor:
        # Enough rows that a scan would be dearer than the index.
        cursor.execute(
            "INSERT INTO knowledge_article (owner_id, state, made_by, made_at, version, title, lead, facing, levels, kinds, tags, published_at,"
            " review_on, search, client_search, title_search) SELECT owner_id, 'published', 'x', now(), 1, 'x', '', 'clients', '{}', '{}', '{}',"
            " now(), '2027-01-01', array_to_tsvector(ARRAY['词' || i, '公共']), array_to_tsvector(ARRAY['词' || i]), ''"
            " FROM knowledge_article, generate_series(1, 4000) i"
        )
        cursor.execute(
            "INSERT INTO knowledge_worth SELECT id, 0, 0, 0, id % 7 FROM knowledge_article ON CONFLICT DO NOTHING"
        )
        for index in (
            "article_search",
            "article_client_search",
        ):  # what waits in a list makes an index look dear
            cursor.execute(f"SELECT gin_clean_pending_list('{index}')")
        cursor.execute("ANALYZE knowledge_article")
        cursor.execute("ANALYZE knowledge_worth")

    def plan(listed: Any) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {listed.text} LIMIT 31", list(listed.params))
            return "\n".join(row[0] for row in cursor.fetchall())

    rare, frequent = queries.found_by("转账"), queries.found_by("公共")
    assert rare is not None and "article_search" in plan(rare) and "Seq Scan" not in plan(rare)
    assert frequent is not None and "worth_weight" in plan(frequent)
    portal = queries.portal_found_by(2, "转账")
    assert portal is not None and "article_client_search" in plan(portal)
    assert len(frequent.part(0, 50)) == 50


def test_words_are_counted_by_their_articles(article: Any, member: Any) -> None:
    one, _two = article(answer="中签缴款。"), article(title="二", answer="缴款截止。")
    assert Term.objects.get(pk="缴款").articles == 2 and Term.objects.get(pk="中签").articles == 1
    writing.withdraw(article_id=one.pk, by=member("boss"), reason="x")
    assert Term.objects.get(pk="缴款").articles == 1 and Term.objects.get(pk="中签").articles == 0
    before = {t.pk: t.articles for t in Term.objects.filter(articles__gt=0)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('maitian.x', '', true)")
    indexing.count_again()
    assert {t.pk: t.articles for t in Term.objects.all()} == before


# --- suggestions -------------------------------------------------------------------------------------------


def test_a_sentence_finds_the_article_that_it_is_about(article: Any, enquiry: Any) -> None:
    transfer = article(
        title="银证转账什么时候能转",
        questions="钱转不出来\n转账时间",
        answer="交易日 9:00 到 16:00。",
        kinds=["enquiry"],
    )
    article(title="忘记交易密码", answer="在登录页点忘记密码，按提示重设。")
    article(title="新股中签怎么缴款", answer="T+2 日 16:00 前账户里要有足够的钱。")
    top = queries.suggest("您好，我昨天想把钱转到银行卡，一直转不出来，请问转账时间是几点？", kind="enquiry")
    assert top[0].article.pk == transfer.pk
    assert queries.suggest("中签了怎么交钱，缴款截止几点")[0].article.title == "新股中签怎么缴款"
    assert queries.suggest("今天天气真好") == [] and queries.suggest("") == []


def test_suggestions_are_for_the_client_s_level(article: Any) -> None:
    article(title="投资顾问怎么约", answer="打电话给您的投资顾问。", levels=[3])
    assert [s.article.title for s in queries.suggest("怎么约投资顾问", rank=3)] == ["投资顾问怎么约"]
    assert queries.suggest("怎么约投资顾问", rank=1) == []
    assert queries.suggest("怎么约投资顾问", rank=None)  # nobody's level is known: the member decides


# --- clients -----------------------------------------------------------------------------------------------


def test_a_client_opens_what_is_for_him_and_still_true(
    article: Any, member: Any, client: Any, story: list[int], time_machine: Any
) -> None:
    everybody, gold, staff = article(), article(title="二", levels=[2]), article(title="三", facing="staff")
    brocade = article(title="四", levels=[3])
    assert client.level_rank == 2
    open_ones = {a.pk for a in queries.for_client(client.pk)}
    assert open_ones == {everybody.pk, gold.pk}
    for closed in (staff, brocade):
        with pytest.raises(NotFound):
            queries.get_for_client(client.pk, closed.pk)
    keeping.confirm(article_id=everybody.pk, by=member("hotline1"), until=date(2026, 12, 1))
    time_machine.move_to(datetime(2026, 12, 31, 9, tzinfo=SHANGHAI))  # 30 days after: the last day
    assert queries.open_to(everybody, client.pk)
    time_machine.move_to(datetime(2027, 1, 1, 9, tzinfo=SHANGHAI))
    assert not queries.open_to(everybody, client.pk)
    keeping.confirm(article_id=everybody.pk, by=member("hotline1"))
    assert queries.open_to(everybody, client.pk)


def test_inside_notes_are_never_found_by_clients(article: Any) -> None:
    article(inside="后台菜单清算查询")
    assert found("清算") and queries.portal_found_by(2, "清算").part(0, 5) == []


# --- uses and answers of readers ---------------------------------------------------------------------------


def test_an_article_goes_into_an_answer_and_is_counted_once(article: Any, member: Any, enquiry: Any) -> None:
    made, case, agent = article(answer="1. 登录\n2. 点转账"), enquiry(), member("hotline1")
    assert using.use(article=made, case=case, by=agent, how=Use.How.WORDS) == "1. 登录\n2. 点转账"
    using.use(article=made, case=case, by=agent, how=Use.How.WORDS)
    words = using.use(article=made, case=case, by=agent, how=Use.How.LINK, address="http://x/portal/help/1/")
    assert words == "银证转账什么时候能转：http://x/portal/help/1/"
    made.worth.refresh_from_db()
    assert made.worth.used == 2
    assert [use["how"] for use in queries.case_uses([case.pk])] == ["插入了文字", "给了链接"]


def test_a_link_is_given_only_where_it_opens(article: Any, member: Any, enquiry: Any) -> None:
    inside = article(facing="staff")
    with pytest.raises(NotForClients):
        using.use(article=inside, case=enquiry(), by=member("hotline1"), how=Use.How.LINK)
    assert not Use.objects.exists()


def test_without_scripts_the_words_go_into_the_draft(article: Any, member: Any, enquiry: Any) -> None:
    made, case, agent = article(), enquiry(), member("hotline1")
    Draft.objects.create(case=case, member=agent, kind="reply", body="您好：", saved_at=case.opened_at)
    using.into_draft(article=made, case=case, by=agent, how=Use.How.WORDS)
    assert Draft.objects.get(case=case, member=agent).body == "您好：\n\n交易日 9:00 到 16:00 可以转。"


def test_a_reader_answers_once_and_may_change_his_mind(article: Any, member: Any, client: Any) -> None:
    made = article()
    using.rate(article=made, helped=True, client=client)
    using.rate(article=made, helped=True, client=client)
    using.rate(article=made, helped=False, client=client, note="没写手机上怎么转")
    using.rate(article=made, helped=True, member=member("hotline2"))
    made.worth.refresh_from_db()
    assert (made.worth.helped, made.worth.not_helped, made.worth.weight) == (1, 1, 0)
    assert Feedback.objects.filter(article=made).count() == 2
    assert Notification.objects.filter(member=made.owner, kind="knowledge.not_helped").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM knowledge_feedback WHERE client_id = %s", [client.pk])
        assert "手机".encode() not in bytes(cursor.fetchone()[0])
    row = LedgerEntry.objects.filter(kind="knowledge.not_helped").get()
    assert row.client_id == client.pk and "手机" not in str(row.facts)


def test_articles_that_help_too_little_are_listed(article: Any, story: list[int]) -> None:
    from maitian.clients.models import Client

    made, other = article(), article(title="二")
    readers = list(Client.objects.filter(merged_into=None).order_by("pk")[:5])
    for n, reader in enumerate(readers):
        using.rate(article=made, helped=n < 2, client=reader)
        using.rate(article=other, helped=n < 3, client=reader)
    assert [a.pk for a in queries.little_help()] == [made.pk]  # 2 of 5 is under 60 %, 3 of 5 is not


# --- keeping it true ---------------------------------------------------------------------------------------


def test_the_owner_is_told_before_the_review_and_again_when_it_is_late(
    article: Any, member: Any, time_machine: Any
) -> None:
    made = article(review_on=date(2026, 12, 20))

    def told() -> list[str]:
        return list(
            Notification.objects.filter(member=made.owner, kind__startswith="knowledge.review")
            .order_by("pk")
            .values_list("kind", flat=True)
        )

    assert keeping.remind(datetime(2026, 12, 5, 8, tzinfo=SHANGHAI)) == 0
    assert keeping.remind(datetime(2026, 12, 6, 8, tzinfo=SHANGHAI)) == 1
    assert keeping.remind(datetime(2026, 12, 7, 8, tzinfo=SHANGHAI)) == 0
    assert keeping.remind(datetime(2026, 12, 21, 8, tzinfo=SHANGHAI)) == 1
    assert keeping.remind(datetime(2026, 12, 22, 8, tzinfo=SHANGHAI)) == 0
    assert told() == ["knowledge.review_soon", "knowledge.review_late"]
    time_machine.move_to(datetime(2026, 12, 22, 9, tzinfo=SHANGHAI))
    assert [a.pk for a in queries.overdue()] == [made.pk]
    keeping.confirm(article_id=made.pk, by=member("hotline1"), note="和清算核对过")
    assert not queries.overdue().exists()


def test_a_review_date_is_within_reach(article: Any, member: Any) -> None:
    made = article()
    for wrong in (date(2026, 11, 24), date(2027, 11, 25)):
        with pytest.raises(ReviewDateWrong):
            keeping.confirm(article_id=made.pk, by=member("hotline1"), until=wrong)
    keeping.confirm(article_id=made.pk, by=member("hotline1"), until=date(2027, 11, 24))


def test_an_article_is_given_to_somebody_who_can_keep_it(article: Any, member: Any) -> None:
    made = article()
    with pytest.raises(OwnerWrong):
        keeping.give_to(article_id=made.pk, by=member("hotline1"), owner_id=member("manager1").pk)
    keeping.give_to(article_id=made.pk, by=member("hotline1"), owner_id=member("hotline2").pk)
    assert Notification.objects.filter(member=member("hotline2"), kind="knowledge.yours").count() == 1


# --- gaps --------------------------------------------------------------------------------------------------


def test_searches_without_a_hit_are_counted_once_a_day_and_person(time_machine: Any) -> None:
    for actor in ("member:1", "member:1", "member:2", "client:5"):
        gaps.count("国债逆回购怎么做", actor=actor)
    gap = Gap.objects.get()
    assert (gap.words, gap.by_staff, gap.by_clients, gap.asked) == ("国债逆回购怎么做", 2, 1, 3)
    time_machine.move_to(datetime(2026, 11, 25, 9, tzinfo=SHANGHAI))
    gaps.count("国债 逆回购怎么做", actor="member:1")
    gaps.count("国债逆回购怎么做？", actor="member:1")
    assert Gap.objects.get(pk=gap.pk).by_staff == 3
    assert gaps.count("13812342096", actor="client:5") is None
    assert gaps.forget_askers(date(2026, 11, 25)) == 3


def test_a_gap_becomes_a_draft_and_closes_when_it_is_published(member: Any) -> None:
    gap = gaps.count("国债逆回购", actor="client:5")
    other = gaps.count("逆回购", actor="member:3")
    made = gaps.draft(gap_id=gap.pk, by=member("editor"))
    version = made.versions.get()
    assert (version.title, version.questions, version.state) == ("国债逆回购", "国债逆回购", "draft")
    gap.refresh_from_db()
    assert (gap.state, gap.article_id) == ("drafted", made.pk)
    writing.drop(article_id=made.pk, number=1, by=member("editor"))
    gap.refresh_from_db()
    assert gap.state == "open"
    again = gaps.draft(gap_id=gap.pk, by=member("editor"))
    writing.save_draft(by=member("editor"), article_id=again.pk, values={"answer": "在“理财”里点“逆回购”。"})
    writing.submit(article_id=again.pk, number=1, by=member("editor"))
    writing.publish(article_id=again.pk, number=1, by=member("boss"))
    gap.refresh_from_db()
    other.refresh_from_db()
    assert gap.state == other.state == "answered"  # the other's word is found now, too
    writing.withdraw(article_id=again.pk, by=member("boss"), reason="停办")
    gaps.count("逆回购", actor="member:4")
    other.refresh_from_db()
    assert other.state == "open"


def test_a_gap_that_needs_nothing_is_said_to_and_why(member: Any) -> None:
    gap = gaps.count("彩票", actor="client:5")
    with pytest.raises(ReasonMissing):
        gaps.dismiss(gap_id=gap.pk, by=member("editor"), reason="")
    gaps.dismiss(gap_id=gap.pk, by=member("editor"), reason="不是我们的业务")
    gaps.count("彩票", actor="client:6")
    gap.refresh_from_db()
    assert (gap.state, gap.by_clients) == ("dismissed", 2)
    gaps.reopen(gap_id=gap.pk, by=member("editor"))
    assert [g.pk for g in queries.gap_list("open")] == [gap.pk]
