"""What stood as cash until now is the balance of this moment: earlier flows are within it, later ones count."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_accounts")]

    operations = [
        migrations.RunSQL(
            "UPDATE clients_fundaccount SET balance = cash, balance_at = now() WHERE balance_at IS NULL AND cash <> 0",
            migrations.RunSQL.noop,
        )
    ]
