"""Every read of the desk, access checked: the door to a case, lists with their counts, the page of a case."""

from maitian.desk.queries import comfort, complaints, improvements, kinds, portal, promises, report, routes
from maitian.desk.queries.access import can_see, find, get_visible, scopes, visible_refs
from maitian.desk.queries.base import family, private_of, survivor_of
from maitian.desk.queries.counts import board, capped, counts
from maitian.desk.queries.lists import CaseList, Filters, of_client, search
from maitian.desk.queries.page import Line, case_page, lines, nearest_clocks

__all__ = [
    "CaseList",
    "Filters",
    "Line",
    "board",
    "can_see",
    "capped",
    "case_page",
    "comfort",
    "complaints",
    "counts",
    "family",
    "find",
    "get_visible",
    "improvements",
    "kinds",
    "lines",
    "nearest_clocks",
    "of_client",
    "portal",
    "private_of",
    "promises",
    "report",
    "routes",
    "scopes",
    "search",
    "survivor_of",
    "visible_refs",
]
