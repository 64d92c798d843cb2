"""What happens to referrals when two records of one person become one: they move, and come back."""

from __future__ import annotations

from maitian.clients import merging

merging.register(merging.rows("visits.referred", ("被介绍", "referrals to us"), "visits_referral"))
merging.register(
    merging.rows(
        "visits.referrals", ("介绍来的人", "referrals made"), "visits_referral", column="referrer_id"
    )
)
