"""Visits stay, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION visits_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: visits stay', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER never_gone BEFORE DELETE ON visits_visit FOR EACH ROW EXECUTE FUNCTION visits_refuse();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON visits_visit FOR EACH STATEMENT EXECUTE FUNCTION visits_refuse();
"""
BACK = """
DROP TRIGGER never_gone ON visits_visit; DROP TRIGGER never_emptied ON visits_visit; DROP FUNCTION visits_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
