"""Reports that leave the house are on record."""

from __future__ import annotations

from maitian.core import ledger
from maitian.staff.models import Member


def exported(*, by: Member, year: int, form: str, count: int) -> None:
    """Somebody took the yearly report of complaints as a file."""
    ledger.record(
        "complaint.report_exported", actor=by.actor, object_kind="complaint_report", object_id=year,
        facts={"year": year, "form": form.upper(), "count": count},
    )  # fmt: skip
