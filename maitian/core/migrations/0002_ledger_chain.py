"""The chain of the ledger, in the database, so that no program can write a row outside it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION core_ledger_hash(previous bytea, number bigint, at timestamptz, actor text, client_id bigint,
                                 kind text, object_kind text, object_id text, facts jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  -- Lengths before texts: no two different rows give the same bytes. Time as whole microseconds.
  SELECT sha256(previous || convert_to(
    number || '|' || (extract(epoch FROM at) * 1000000)::bigint || '|' ||
    length(actor) || ':' || actor || '|' || coalesce(client_id::text, '-') || '|' ||
    length(kind) || ':' || kind || '|' || length(object_kind) || ':' || object_kind || '|' ||
    length(object_id) || ':' || object_id || '|' || facts::text, 'UTF8'))
$$;

CREATE FUNCTION core_ledger_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last_number bigint; last_hash bytea;
BEGIN
  -- Writers queue here until commit, so numbers have no gaps and the chain one order.
  PERFORM pg_advisory_xact_lock(7236281);
  SELECT number, hash INTO last_number, last_hash FROM core_ledger ORDER BY number DESC LIMIT 1;
  NEW.number := coalesce(last_number, 0) + 1;
  NEW.previous_hash := coalesce(last_hash, '');
  NEW.hash := core_ledger_hash(NEW.previous_hash, NEW.number, NEW.at, NEW.actor, NEW.client_id, NEW.kind,
                               NEW.object_kind, NEW.object_id, NEW.facts);
  RETURN NEW;
END $$;

-- Once per statement: a row version of the head for each ledger row would make bulk writes quadratic.
CREATE FUNCTION core_ledger_move_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO core_ledger_head (id, number, hash)
  SELECT 1, number, hash FROM core_ledger ORDER BY number DESC LIMIT 1
  ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash;
  RETURN NULL;
END $$;

CREATE TRIGGER chain BEFORE INSERT ON core_ledger FOR EACH ROW EXECUTE FUNCTION core_ledger_chain();
CREATE TRIGGER head AFTER INSERT ON core_ledger FOR EACH STATEMENT EXECUTE FUNCTION core_ledger_move_head();

CREATE FUNCTION core_ledger_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON core_ledger FOR EACH ROW EXECUTE FUNCTION core_ledger_frozen();
"""

BACK = """
DROP TRIGGER frozen ON core_ledger; DROP TRIGGER chain ON core_ledger; DROP TRIGGER head ON core_ledger;
DROP FUNCTION core_ledger_frozen(); DROP FUNCTION core_ledger_chain(); DROP FUNCTION core_ledger_move_head();
DROP FUNCTION core_ledger_hash(bytea, bigint, timestamptz, text, bigint, text, text, text, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
