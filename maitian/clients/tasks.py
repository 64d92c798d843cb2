"""Jobs of clients: every night the whole branch is looked over for records of one person."""

from __future__ import annotations

from maitian.clients import duplicates
from maitian.core.jobs import task
from maitian.staff.models import Branch


@task("clients.find_duplicates", lock="clients.find_duplicates", cron="40 18 * * *")  # 02:40 in Shanghai
def find_duplicates(timestamp: int = 0) -> None:
    for branch_id in Branch.objects.values_list("pk", flat=True):
        duplicates.find(branch_id)
