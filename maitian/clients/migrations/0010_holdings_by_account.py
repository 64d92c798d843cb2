"""What a client holds lies on the client's first account until the next file says where it lies."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0009_duplicates")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO clients_accountholding (account_number, symbol, client_id, quantity, cost)"
            " SELECT f.number, h.symbol, h.client_id, h.quantity, h.cost FROM clients_holding h"
            " CROSS JOIN LATERAL (SELECT number FROM clients_fundaccount x WHERE x.client_id = h.client_id"
            " ORDER BY x.opened_on, x.number LIMIT 1) f ON CONFLICT DO NOTHING",
            migrations.RunSQL.noop,
        )
    ]
