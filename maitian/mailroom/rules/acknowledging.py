"""Whether a complaint is acknowledged by mail, too. Pure.

By mail when it came by mail, when the client wishes to be written to by mail, or when a mailbox is all that is on record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Keys of preferences (T11) that say how somebody wants to be reached, and values that mean mail.
WAY = re.compile(r"联系方式|回复方式|答复方式|怎么联系|contact|reply", re.IGNORECASE)
MAIL = re.compile(r"邮|e-?mail|\bmail\b", re.IGNORECASE)
NOT = re.compile(r"不要?[发用]?|别[发用]?|勿|no[t ]", re.IGNORECASE)


def wishes_mail(preferences: Mapping[str, str]) -> bool:
    """Whether the preferences say: by mail. ``{"联系方式": "邮件"}`` does, ``{"联系方式": "不要发邮件"}`` does not."""
    return any(
        WAY.search(key) and MAIL.search(value) and not NOT.search(value) for key, value in preferences.items()
    )


def by_mail(*, came_by_mail: bool, wishes_mail: bool, has_phone: bool) -> bool:
    """Whether a mail is written, provided that there is an address."""
    return came_by_mail or wishes_mail or not has_phone
