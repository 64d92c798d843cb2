"""What the desk does by the clock."""

from maitian.core.jobs import task
from maitian.desk.actions import clocks, improvements, promises, sweeping
from maitian.desk.queries.counts import fold


@task("desk.sweep", lock="desk.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Every minute: what is due. A minute without anything due costs a look at three small indexes."""
    sweeping.sweep()
    promises.sweep()
    improvements.remind()


@task("desk.find_trends", lock="desk.find_trends", cron="20 22 * * *")
def find_trends(timestamp: int) -> None:
    """Every morning at 6:20 in Shanghai: the same cause again and again."""
    improvements.find_trends()


@task("desk.fold_counts", lock="desk.fold_counts", cron="* * * * *")
def fold_counts(timestamp: int) -> None:
    """Every minute: the changes of the counters."""
    fold()


@task("desk.reckon_again", lock="desk.reckon_again")
def reckon_again(actor: str = "system:clock") -> None:
    """After a new calendar or rule: every open clock. Run twice it moves nothing twice."""
    clocks.reckon_all_again(actor=actor)
