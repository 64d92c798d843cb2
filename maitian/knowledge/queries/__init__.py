"""Every read of the knowledge base: lists, searches, suggestions, what a client may open, gaps."""

from maitian.knowledge.queries.access import for_client, get, get_for_client, open_to, published, visible
from maitian.knowledge.queries.gaps import gap_list, little_help
from maitian.knowledge.queries.lists import Filters, counts, listing, overdue, review_due, to_check
from maitian.knowledge.queries.searching import found_by, portal_found_by, suggest
from maitian.knowledge.queries.whole import article_page, case_uses, history, most_used, tags

__all__ = [
    "Filters",
    "article_page",
    "case_uses",
    "counts",
    "for_client",
    "found_by",
    "gap_list",
    "get",
    "get_for_client",
    "history",
    "listing",
    "little_help",
    "most_used",
    "open_to",
    "overdue",
    "portal_found_by",
    "published",
    "review_due",
    "suggest",
    "tags",
    "to_check",
    "visible",
]
