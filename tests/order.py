"""In which order the tests run, and which of them stay together when several workers share the suite.

xdist groups tests by a mark that it writes into their names, and this pytest does not read them there any more: every
group was torn apart without a word. So the file says it: those that start a product, or drive a browser, stay whole.
"""

from __future__ import annotations

from typing import Any

# The longest first: what begins last ends last, and the other worker would wait for it.
LONG = (
    "tests/test_story.py", "tests/test_up.py", "tests/test_crash.py", "tests/test_campaign_story.py",
    "tests/test_two_hosts.py", "tests/test_desk_story.py", "tests/test_chase_story.py", "tests/test_briefing_story.py",
    "tests/test_colleague_story.py",
)  # fmt: skip


def rank(name: str) -> int:
    """The place of a test: its file's among the long ones, or after all of them."""
    path = name.partition("::")[0]
    return LONG.index(path) if path in LONG else len(LONG)


def unit(name: str) -> str:
    """What is handed to one worker as a whole: a long file, or a single test."""
    path = name.partition("::")[0]
    return path if path in LONG else name


def scheduler(config: Any, log: Any) -> Any:
    """Hands out units in the order of the collection."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return Units(config, log)
