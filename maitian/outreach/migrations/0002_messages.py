"""Messages: partitioned by day, written by COPY. ``outreach_message_partition(day)`` makes a partition."""

from django.db import migrations

FORWARD = """
CREATE TABLE outreach_message (
  client_id  bigint NOT NULL,
  event_id   bigint NOT NULL,
  channel    smallint NOT NULL,
  day        date NOT NULL,
  at         timestamptz NOT NULL,
  state      smallint NOT NULL,
  parts      smallint NOT NULL DEFAULT 1,
  cost       integer NOT NULL DEFAULT 0,
  reference  varchar(40),
  changed_at timestamptz,
  error      varchar(40),
  PRIMARY KEY (client_id, event_id, channel, day)
) PARTITION BY RANGE (day);

-- Only texts carry a gateway's number, so the inbox pays nothing for this index.
CREATE INDEX message_reference ON outreach_message (reference) WHERE reference IS NOT NULL;
-- What is in doubt is rare and must be found fast.
CREATE INDEX message_in_doubt ON outreach_message (event_id, channel, client_id) WHERE state IN (0, 5);

CREATE TABLE outreach_message_rest PARTITION OF outreach_message DEFAULT;

CREATE FUNCTION outreach_message_partition(wanted date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text := 'outreach_message_' || to_char(wanted, 'YYYYMMDD');
BEGIN
  IF to_regclass(name) IS NULL THEN
    PERFORM pg_advisory_xact_lock(7236283);
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF outreach_message FOR VALUES FROM (%L) TO (%L)',
                   name, wanted, wanted + 1);
  END IF;
END $$;

-- Blocks are written once and read by id; sorted numbers do not shrink enough to pay for compressing them.
ALTER TABLE outreach_verdictblock ALTER COLUMN client_ids SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial")]
    operations = [
        migrations.RunSQL(
            FORWARD, "DROP TABLE outreach_message; DROP FUNCTION outreach_message_partition(date);"
        )
    ]
