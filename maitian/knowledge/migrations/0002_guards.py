"""Articles and their versions stay, and what was published is never rewritten, whoever asks."""

from django.db import migrations

NEVER_GONE = ("knowledge_article", "knowledge_version", "knowledge_review", "knowledge_use")
FORWARD = """
CREATE FUNCTION knowledge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: articles and their versions stay', lower(TG_OP), TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION knowledge_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state NOT IN ('draft', 'submitted') AND ROW(OLD.title, OLD.questions, OLD.answer, OLD.inside, OLD.facing, OLD.levels,
      OLD.number, OLD.article_id, OLD.maker, OLD.checker) IS DISTINCT FROM ROW(NEW.title, NEW.questions, NEW.answer, NEW.inside,
      NEW.facing, NEW.levels, NEW.number, NEW.article_id, NEW.maker, NEW.checker) THEN
    RAISE EXCEPTION 'a version that was put into force is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION knowledge_file_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM knowledge_version v WHERE v.id = OLD.version_id AND v.state NOT IN ('draft', 'submitted')) THEN
    RAISE EXCEPTION 'a file of a version that was put into force stays' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER kept BEFORE UPDATE ON knowledge_version FOR EACH ROW EXECUTE FUNCTION knowledge_version_kept();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON knowledge_articlefile FOR EACH ROW EXECUTE FUNCTION knowledge_file_kept();
""" + "\n".join(
    f"CREATE TRIGGER never_gone BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION knowledge_refuse();"
    f" CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION knowledge_refuse();"
    for table in NEVER_GONE
)
BACK = "\n".join(f"DROP TRIGGER never_gone ON {table}; DROP TRIGGER never_emptied ON {table};" for table in NEVER_GONE) + """
DROP TRIGGER kept ON knowledge_version; DROP TRIGGER kept ON knowledge_articlefile;
DROP FUNCTION knowledge_refuse(); DROP FUNCTION knowledge_version_kept(); DROP FUNCTION knowledge_file_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
