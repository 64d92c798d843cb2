"""Promises and corrective actions stay, too."""

from django.db import migrations

TABLES = ("desk_promise", "desk_promisemove", "desk_improvement", "desk_effectcheck")
SAID = ("desk_promisemove", "desk_effectcheck")  # what was said once stays as it was said
FORWARD = "\n".join(
    f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();"
    f" CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse();"
    for table in TABLES
) + "\n".join(
    f"CREATE TRIGGER never_changed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();" for table in SAID
)
BACK = "\n".join(f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in TABLES) + "\n".join(
    f"DROP TRIGGER never_changed ON {table};" for table in SAID
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0006_promises")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
