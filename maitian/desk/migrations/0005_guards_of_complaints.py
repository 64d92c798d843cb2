"""Complaints, signatures, letters and refusals stay, too."""

from django.db import migrations

TABLES = ("desk_complaint", "desk_approval", "desk_letter", "desk_refusal")
FORWARD = "\n".join(
    f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();"
    f" CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse();"
    for table in TABLES
)
BACK = "\n".join(f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_complaints")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
