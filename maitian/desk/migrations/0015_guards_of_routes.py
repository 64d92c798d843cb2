"""Rules of routing and their versions stay, and what a version says is never changed: cases name the rule that sent them."""

from django.db import migrations

TABLES = ("desk_route", "desk_routeversion")
FORWARD = """
CREATE FUNCTION desk_route_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.definition <> OLD.definition OR NEW.book <> OLD.book OR NEW.number <> OLD.number OR NEW.maker <> OLD.maker
     OR OLD.state <> 'proposed' THEN
    RAISE EXCEPTION 'a version of the routing rules is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE ON desk_routeversion FOR EACH ROW EXECUTE FUNCTION desk_route_version_kept();
""" + "\n".join(
    f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();"
    f" CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse();"
    for table in TABLES
)
BACK = "DROP TRIGGER kept ON desk_routeversion; DROP FUNCTION desk_route_version_kept();" + "\n".join(
    f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0014_routes")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
