"""Nobody deletes a case or changes what was written, whoever asks; and the counters of cases.

The guards sit in the database, so they hold for every program, a console of the database included.
"""

from django.db import migrations

NEVER_GONE = (
    "desk_case", "desk_entry", "desk_attachment", "desk_clock", "desk_pause", "desk_escalation", "desk_neglect",
    "desk_merge", "desk_appliedpolicy",
)  # fmt: skip
NEVER_CHANGED = ("desk_entry", "desk_attachment", "desk_escalation", "desk_neglect", "desk_appliedpolicy")

FORWARD = """
CREATE FUNCTION desk_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: cases and what was written in them stay', lower(TG_OP), TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

-- A pause that has ended is a fact of the past.
CREATE FUNCTION desk_pause_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR NEW.case_id <> OLD.case_id OR NEW.began_at <> OLD.began_at THEN
    RAISE EXCEPTION 'a pause that has ended is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE ON desk_pause FOR EACH ROW EXECUTE FUNCTION desk_pause_kept();

-- Counters: each statement that changes cases leaves its differences; a job folds them into desk_casecount.
CREATE FUNCTION desk_count_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO desk_casecountchange (branch_id, team, owner_id, kind_id, state, number)
  SELECT branch_id, team, coalesce(owner_id, 0), kind_id, state, count(*) FROM fresh GROUP BY 1, 2, 3, 4, 5;
  RETURN NULL;
END $$;
CREATE FUNCTION desk_count_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO desk_casecountchange (branch_id, team, owner_id, kind_id, state, number)
  SELECT branch_id, team, owner, kind_id, state, sum(n) FROM (
    SELECT branch_id, team, coalesce(owner_id, 0) AS owner, kind_id, state, 1 AS n FROM fresh
    UNION ALL SELECT branch_id, team, coalesce(owner_id, 0), kind_id, state, -1 FROM stale) AS moved
  GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER count_made AFTER INSERT ON desk_case REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION desk_count_made();
CREATE TRIGGER count_moved AFTER UPDATE ON desk_case REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION desk_count_moved();
""" + "\n".join(
    [f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();" for table in NEVER_GONE]
    + [f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse();" for table in NEVER_GONE]
    + [f"CREATE TRIGGER never_changed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION desk_refuse();" for table in NEVER_CHANGED]
)  # fmt: skip

BACK = "\n".join(
    [f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in NEVER_GONE]
    + [f"DROP TRIGGER never_changed ON {table};" for table in NEVER_CHANGED]
) + """
DROP TRIGGER kept ON desk_pause; DROP TRIGGER count_made ON desk_case; DROP TRIGGER count_moved ON desk_case;
DROP FUNCTION desk_refuse(); DROP FUNCTION desk_pause_kept(); DROP FUNCTION desk_count_made(); DROP FUNCTION desk_count_moved();
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
