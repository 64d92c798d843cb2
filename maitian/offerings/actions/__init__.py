"""Every write about levels."""

from maitian.offerings.actions.changes import (
    apply,
    checks_for,
    decide,
    effective_day,
    export_commission,
    make_effective,
    recompute_clocks,
    subscribe_many,
    withdraw,
)
from maitian.offerings.actions.design import (
    approve_design,
    propose_design,
    propose_retirement,
    refuse_design,
    withdraw_design,
)

__all__ = [
    "apply",
    "approve_design",
    "checks_for",
    "decide",
    "effective_day",
    "export_commission",
    "make_effective",
    "propose_design",
    "propose_retirement",
    "recompute_clocks",
    "refuse_design",
    "subscribe_many",
    "withdraw",
    "withdraw_design",
]
