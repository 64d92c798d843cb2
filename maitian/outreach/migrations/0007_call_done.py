"""When calls were done, for the figures of the last days."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0006_reading")]
    operations = [
        migrations.AddIndex(
            "calltask",
            models.Index(fields=["-done_at"], name="call_done", condition=models.Q(("state", "done"))),
        ),
    ]
