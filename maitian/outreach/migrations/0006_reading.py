"""Indexes for reading: events that are open, messages in trouble by event, when calls were done."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0005_shares")]
    operations = [
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["state", "made_at"],
                name="event_open",
                condition=models.Q(("state__in", ["decided", "sending", "paused"])),
            ),
        ),
        migrations.RunSQL(
            # What failed and what was withheld, by event: few rows among many, asked for with their reasons.
            "CREATE INDEX message_trouble ON outreach_message (event_id, channel, state, error) WHERE state IN (3, 6)",
            "DROP INDEX message_trouble",
        ),
    ]
