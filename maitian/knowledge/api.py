"""API of the knowledge base: find, suggest, write, check, review, answers of readers, gaps."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Router, Schema
from ninja.files import UploadedFile

from maitian.core.errors import NotFound
from maitian.desk import queries as desk
from maitian.desk.actions import files
from maitian.knowledge import queries
from maitian.knowledge.actions import gaps, keeping, using, writing
from maitian.knowledge.models import Article, Gap, Use, Version
from maitian.knowledge.queries.access import edits
from maitian.knowledge.queries.searching import rows
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once

router = Router(tags=["knowledge"])
MOST = 100


class DraftIn(Body):
    title: str = Field(max_length=120)
    questions: str = Field("", max_length=1000, description="ways in which clients ask it, a line each")
    answer: str = Field("", description="what goes to clients, as plain text")
    inside: str = Field("", description="for colleagues alone")
    facing: str = Field("staff", pattern="^(staff|clients)$")
    levels: list[int] = Field(
        [], max_length=20, description="ranks of service levels; empty for every client"
    )
    kinds: list[str] = Field([], max_length=30, description="codes of kinds of case")
    tags: list[str] = Field([], max_length=30)
    review_on: date | None = Field(
        None, description="by when it is looked at again; the usual days without one"
    )
    change: str = Field("", max_length=200, description="what is new in this version")


class ArticleIn(DraftIn):
    submit: bool = Field(
        False, description="hand it to the checker at once; when that fails nothing is stored"
    )


class ChangeIn(ArticleIn):
    seen: datetime | None = Field(
        None, description="`changed_at` of the draft that was read; refused when it changed since"
    )


class ArticleOut(Schema):
    id: int
    title: str
    lead: str
    state: str
    version: int
    facing: str
    levels: list[int]
    kinds: list[str]
    tags: list[str]
    owner_id: int
    review_on: date | None
    published_at: datetime | None
    used: int
    helped: int
    not_helped: int


class VersionOut(Schema):
    number: int
    state: str
    title: str
    questions: str
    answer: str
    inside: str
    facing: str
    levels: list[int]
    kinds: list[str]
    tags: list[str]
    review_on: date | None
    change: str
    maker: str
    checker: str
    changed_at: datetime
    reason: str


class ArticleWhole(ArticleOut):
    in_force: VersionOut | None
    waiting: VersionOut | None


class SuggestIn(Body):
    text: str = Field(
        max_length=4000, description="a question, or what is being typed; nothing of it is kept"
    )
    kind: str = Field("", max_length=30)
    level: int | None = None
    limit: int = Field(5, ge=1, le=20)


class SuggestionOut(Schema):
    id: int
    title: str
    lead: str
    score: float


class ReasonIn(Body):
    reason: str = Field(max_length=300)


class ReviewIn(Body):
    until: date | None = None
    note: str = Field("", max_length=200)


class OwnerIn(Body):
    member_id: int


class RatingIn(Body):
    helped: bool
    note: str = Field("", max_length=300)


class UseIn(Body):
    case: str = Field(max_length=20, description="the number of the case")
    how: str = Field("words", pattern="^(words|link)$")


class GapOut(Schema):
    id: int
    words: str
    state: str
    asked: int
    by_clients: int
    by_staff: int
    first_at: datetime
    last_at: datetime
    article_id: int | None


def _out(article: Article) -> dict[str, Any]:
    names = (
        "title",
        "lead",
        "state",
        "version",
        "facing",
        "levels",
        "kinds",
        "tags",
        "owner_id",
        "review_on",
        "published_at",
    )
    worth = article.worth
    return {
        "id": article.pk, **{name: getattr(article, name) for name in names},
        "used": worth.used, "helped": worth.helped, "not_helped": worth.not_helped,
    }  # fmt: skip


def _get(request: HttpRequest, article_id: int) -> Article:
    return queries.get(caller(request), article_id)


def _whole(request: HttpRequest, article_id: int) -> dict[str, Any]:
    article = _get(request, article_id)
    waiting = writing.open_version(article) if edits(caller(request)) else None
    return {**_out(article), "in_force": writing.in_force(article), "waiting": waiting}


@router.get("/articles", response=list[ArticleOut], auth=scope("knowledge.view"))
def list_articles(
    request: HttpRequest, response: HttpResponse, q: str = "", view: str = "published", kind: str = "", level: str = "",
    tag: str = "", facing: str = "", offset: int = 0, limit: int = 50,
) -> Any:  # fmt: skip
    """Articles; with ``q`` the published ones that hold every word, the most useful first: two Chinese characters are enough."""
    size, start = max(1, min(limit, MOST)), max(0, min(offset, 10_000))
    filters = queries.Filters.read(
        {"q": q, "view": view, "kind": kind, "level": level, "tag": tag, "facing": facing}, caller(request)
    )
    if filters.words:
        found = queries.found_by(
            filters.words, kind=filters.kind, level=filters.rank, facing=filters.facing, tag=filters.tag
        )
        listed = rows([row["id"] for row in found.part(start, size + 1)]) if found is not None else []
    else:
        listed = list(queries.listing(caller(request), filters)[start : start + size + 1])
    if len(listed) > size:
        query = request.GET.copy()
        query["offset"] = str(start + size)
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return [_out(article) for article in listed[:size]]


@router.post("/article-suggestions", response=list[SuggestionOut], auth=scope("knowledge.view"))
def suggest(request: HttpRequest, body: SuggestIn) -> Any:
    """Articles that a text is about, the most fitting first."""
    found = queries.suggest(body.text, kind=body.kind, rank=body.level, most=body.limit)
    return [
        {"id": s.article.pk, "title": s.article.title, "lead": s.article.lead, "score": round(s.score, 2)}
        for s in found
    ]


@router.get("/articles/{article_id}", response=ArticleWhole, auth=scope("knowledge.view"))
def get_article(request: HttpRequest, article_id: int) -> Any:
    """An article with the words of the version in force, and of the draft for who writes or checks."""
    return _whole(request, article_id)


@router.get("/articles/{article_id}/versions", response=list[VersionOut], auth=scope("knowledge.view"))
def versions(request: HttpRequest, article_id: int) -> Any:
    """Every version, newest first; for who writes or checks."""
    article = _get(request, article_id)
    if not edits(caller(request)):
        raise NotFound()
    return list(article.versions.order_by("-number")[:MOST])


def _stored(
    request: HttpRequest, body: ArticleIn, article_id: int | None, seen: datetime | None = None
) -> Version:
    member = caller(request)
    with transaction.atomic():  # what cannot be submitted is not left behind as a draft
        given = body.dict(exclude={"submit", "seen"}, exclude_unset=article_id is not None)
        made = writing.save_draft(by=member, values=given, article_id=article_id, seen=seen)
        if body.submit:
            made = writing.submit(article_id=made.article_id, number=made.number, by=member)
    return made


@router.post("/articles", response={201: ArticleWhole}, auth=scope("knowledge.write"))
@once
def make_article(request: HttpRequest, body: ArticleIn) -> Any:
    """A new article's first draft."""
    made = _stored(request, body, None)
    return 201, ArticleWhole.from_orm(_whole(request, made.article_id)).dict()


@router.put("/articles/{article_id}/draft", response=ArticleWhole, auth=scope("knowledge.write"))
@once
def change_article(request: HttpRequest, article_id: int, body: ChangeIn) -> Any:
    """Change the draft, or begin a new version with the words of the one in force; fields that are left out stay."""
    _get(request, article_id)
    _stored(request, body, article_id, body.seen)
    return 200, ArticleWhole.from_orm(_whole(request, article_id)).dict()


@router.post("/articles/{article_id}/draft/files", response={201: list[str]}, auth=scope("knowledge.write"))
def attach(request: HttpRequest, article_id: int, file: File[UploadedFile]) -> Any:
    """Add a file to the draft (multipart); answers the names of its files."""
    _get(request, article_id)
    writing.attach(article_id=article_id, by=caller(request), files=files.check([file]))
    open_one = writing.open_version(_get(request, article_id))
    return 201, [row.name for row in open_one.files.order_by("pk")] if open_one else []


def _stepped(request: HttpRequest, article_id: int) -> tuple[int, dict[str, Any]]:
    return 200, ArticleWhole.from_orm(_whole(request, article_id)).dict()


def _number(article_id: int) -> int:
    """The number of the open version; NotFound without one."""
    found = Version.objects.filter(
        article_id=article_id, state__in=[Version.State.DRAFT, Version.State.SUBMITTED]
    ).first()
    if found is None:
        raise NotFound()
    return found.number


@router.post("/articles/{article_id}/submission", response=ArticleWhole, auth=scope("knowledge.write"))
@once
def submit(request: HttpRequest, article_id: int) -> Any:
    """Hand the draft to the checker."""
    _get(request, article_id)
    writing.submit(article_id=article_id, number=_number(article_id), by=caller(request))
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/publication", response=ArticleWhole, auth=scope("knowledge.approve"))
@once
def publish(request: HttpRequest, article_id: int) -> Any:
    """Put into force what another person wrote."""
    _get(request, article_id)
    writing.publish(article_id=article_id, number=_number(article_id), by=caller(request))
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/return", response=ArticleWhole, auth=scope("knowledge.approve"))
@once
def send_back(request: HttpRequest, article_id: int, body: ReasonIn) -> Any:
    """Send a version back to its writer."""
    _get(request, article_id)
    writing.send_back(
        article_id=article_id, number=_number(article_id), by=caller(request), reason=body.reason
    )
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/withdrawal", response=ArticleWhole, auth=scope("knowledge.approve"))
@once
def withdraw(request: HttpRequest, article_id: int, body: ReasonIn) -> Any:
    """Nobody finds it any more; a new version brings it back."""
    _get(request, article_id)
    writing.withdraw(article_id=article_id, by=caller(request), reason=body.reason)
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/review", response=ArticleWhole, auth=scope("knowledge.write"))
@once
def review(request: HttpRequest, article_id: int, body: ReviewIn) -> Any:
    """Somebody looked: it is still true."""
    _get(request, article_id)
    keeping.confirm(article_id=article_id, by=caller(request), until=body.until, note=body.note)
    return _stepped(request, article_id)


@router.put("/articles/{article_id}/owner", response=ArticleWhole, auth=scope("knowledge.write"))
@once
def owner(request: HttpRequest, article_id: int, body: OwnerIn) -> Any:
    """Somebody else answers for it."""
    _get(request, article_id)
    keeping.give_to(article_id=article_id, by=caller(request), owner_id=body.member_id)
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/rating", response=ArticleWhole, auth=scope("knowledge.view"))
@once
def rating(request: HttpRequest, article_id: int, body: RatingIn) -> Any:
    """Whether it helped; saying it again changes the answer."""
    using.rate(article=_get(request, article_id), helped=body.helped, member=caller(request), note=body.note)
    return _stepped(request, article_id)


@router.post("/articles/{article_id}/uses", response={201: dict[str, str]}, auth=scope("desk.work"))
@once
def take(request: HttpRequest, article_id: int, body: UseIn) -> Any:
    """Take it for an answer in a case; returns the words to put into the answer."""
    from django.urls import reverse

    from config import env

    member = caller(request)
    if not member.may("knowledge.view"):
        raise NotFound()
    article, case = _get(request, article_id), desk.get_visible(member, body.case)
    address = env.public_url() + reverse("portal:article", args=[article.pk])
    how = Use.How.LINK if body.how == "link" else Use.How.WORDS
    return 201, {"words": using.use(article=article, case=case, by=member, how=how, address=address)}


def _gap(gap: Gap) -> dict[str, Any]:
    names = ("words", "state", "asked", "by_clients", "by_staff", "first_at", "last_at", "article_id")
    return {"id": gap.pk, **{name: getattr(gap, name) for name in names}}


@router.get("/knowledge-gaps", response=list[GapOut], auth=scope("knowledge.write"))
def list_gaps(request: HttpRequest, state: str = "open", side: str = "", limit: int = 50) -> Any:
    """What was looked for and not found, the most asked first."""
    return [_gap(gap) for gap in queries.gap_list(state, side)[: max(1, min(limit, MOST))]]


@router.post("/knowledge-gaps/{gap_id}/draft", response={201: ArticleWhole}, auth=scope("knowledge.write"))
@once
def gap_draft(request: HttpRequest, gap_id: int) -> Any:
    """Begin an article for it."""
    made = gaps.draft(gap_id=gap_id, by=caller(request))
    return 201, ArticleWhole.from_orm(_whole(request, made.pk)).dict()


@router.post("/knowledge-gaps/{gap_id}/dismissal", response=GapOut, auth=scope("knowledge.write"))
@once
def gap_dismiss(request: HttpRequest, gap_id: int, body: ReasonIn) -> Any:
    """It needs no article."""
    return 200, _gap(gaps.dismiss(gap_id=gap_id, by=caller(request), reason=body.reason))
