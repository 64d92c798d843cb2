"""Messages: where they went and how often; an index for what failed and what is in doubt."""

from django.db import migrations

FORWARD = """
ALTER TABLE outreach_message ALTER COLUMN reference TYPE varchar(64);
ALTER TABLE outreach_message ADD COLUMN gateway varchar(20);
ALTER TABLE outreach_message ADD COLUMN attempts smallint NOT NULL DEFAULT 1;
UPDATE outreach_message SET state = 5 WHERE state = 0;
DROP INDEX message_in_doubt;
CREATE INDEX message_in_doubt ON outreach_message (event_id, channel, client_id) WHERE state IN (5, 7);
CREATE INDEX message_failed ON outreach_message (at DESC) WHERE state = 3;
-- Facts are read for a few clients of one event, and never sorted: no other index pays.
ALTER TABLE outreach_handing ALTER COLUMN client_ids SET STORAGE EXTERNAL;
"""
BACK = """
DROP INDEX message_failed; DROP INDEX message_in_doubt;
CREATE INDEX message_in_doubt ON outreach_message (event_id, channel, client_id) WHERE state IN (0, 5);
ALTER TABLE outreach_message DROP COLUMN attempts; ALTER TABLE outreach_message DROP COLUMN gateway;
"""


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_topics_and_handing")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
