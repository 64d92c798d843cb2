"""What offerings do by the clock."""

from maitian.core.jobs import task
from maitian.core.time import today
from maitian.offerings import actions


@task("offerings.make_effective", lock="offerings.make_effective", cron="5 * * * *")
def make_effective(timestamp: int) -> None:
    """Every hour: approved levels whose day has come."""
    actions.make_effective(today())
