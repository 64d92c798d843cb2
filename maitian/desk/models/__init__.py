"""Tables of the desk. See docs/desk.md; why they look like this: the ADR on the service desk.

Cases, entries, clocks and complaints are never deleted: triggers in migration ``0002`` refuse it, whoever asks.
"""

from maitian.desk.models.cases import (
    Attachment,
    Book,
    Case,
    CaseChannel,
    CaseKind,
    CaseNumber,
    CaseState,
    CaseTag,
    CaseText,
    Entry,
    Link,
    Merge,
    Named,
    Net,
    Priority,
    Tag,
    Watch,
)
from maitian.desk.models.clocks import (
    AppliedPolicy,
    Clock,
    ClockCall,
    ClockMail,
    ClockMailResend,
    Escalation,
    Neglect,
    Pause,
)
from maitian.desk.models.comfort import Macro, Phrase, SavedView
from maitian.desk.models.complaints import (
    Approval,
    Cause,
    Complaint,
    ComplaintKind,
    Letter,
    Refusal,
    Severity,
)
from maitian.desk.models.kinds import KindVersion
from maitian.desk.models.promises import EffectCheck, Improvement, Promise, PromiseMove
from maitian.desk.models.routes import RouteVersion
from maitian.desk.models.work import CaseCount, CaseCountChange, ClientDraft, Draft, Presence, Route

__all__ = [
    "AppliedPolicy",
    "Approval",
    "Attachment",
    "Book",
    "Case",
    "CaseChannel",
    "CaseCount",
    "CaseCountChange",
    "CaseKind",
    "CaseNumber",
    "CaseState",
    "CaseTag",
    "CaseText",
    "Cause",
    "ClientDraft",
    "Clock",
    "ClockCall",
    "ClockMail",
    "ClockMailResend",
    "Complaint",
    "ComplaintKind",
    "Draft",
    "EffectCheck",
    "Entry",
    "Escalation",
    "Improvement",
    "KindVersion",
    "Letter",
    "Link",
    "Macro",
    "Merge",
    "Named",
    "Neglect",
    "Net",
    "Pause",
    "Phrase",
    "Presence",
    "Priority",
    "Promise",
    "PromiseMove",
    "Refusal",
    "Route",
    "RouteVersion",
    "SavedView",
    "Severity",
    "Tag",
    "Watch",
]
