"""What the mailroom does by the clock."""

from maitian.core.jobs import task
from maitian.mailroom import imap
from maitian.mailroom.actions import alarms, sending


@task("mailroom.fetch", lock="mailroom.fetch")
def fetch() -> None:
    """Read what is new. A server that cannot be reached is noted at the mailbox; the next minute tries again."""
    try:
        imap.fetch()
    except imap.MailboxUnreachable:
        return


@task("mailroom.every_minute", lock="mailroom.every_minute", cron="* * * * *")
def every_minute(timestamp: int) -> None:
    """Every minute: mails in, letters out."""
    fetch()
    send()


@task("mailroom.send", lock="mailroom.send")
def send() -> None:
    """Send the alarms and letters that wait. A server that is down is tried again in a minute."""
    try:
        alarms.send_waiting()
        sending.send_waiting()
    except OSError:
        return
