"""What the knowledge base does by the clock."""

from django.utils import timezone

from maitian.core.jobs import task
from maitian.core.time import shanghai
from maitian.knowledge.actions import gaps, keeping


@task("knowledge.remind", lock="knowledge.remind", cron="15 0 * * *")
def remind(timestamp: int) -> None:
    """Every morning at 8:15 in Shanghai: reviews that are near or late."""
    keeping.remind()
    gaps.forget_askers(shanghai(timezone.now()).date())
