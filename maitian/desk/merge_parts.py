"""What happens to cases when two records of one person become one: they move, and come back."""

from __future__ import annotations

from maitian.clients import merging

merging.register(merging.rows("desk.cases", ("个案", "cases"), "desk_case"))
merging.register(merging.rows("desk.refusals", ("拒绝过的要求", "requests refused"), "desk_refusal"))
merging.register(merging.rows("desk.promises", ("承诺", "promises"), "desk_promise"))
merging.register(
    merging.rows(
        "desk.client_drafts", ("写了没发的", "drafts"), "desk_clientdraft",
        unless="EXISTS (SELECT 1 FROM desk_clientdraft y WHERE y.client_id = %(survivor)s AND y.kind = x.kind"
        " AND y.case_id IS NOT DISTINCT FROM x.case_id)",
    )
)  # fmt: skip
