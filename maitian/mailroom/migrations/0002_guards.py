"""Mails and letters stay, whoever asks."""

from django.db import migrations

TABLES = ("mailroom_mail", "mailroom_letter")
FORWARD = """
CREATE FUNCTION mailroom_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: what came by mail stays', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
""" + "\n".join(
    f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION mailroom_refuse();"
    f" CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION mailroom_refuse();"
    for table in TABLES
)
BACK = "\n".join(f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in TABLES) + """
DROP FUNCTION mailroom_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("mailroom", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
