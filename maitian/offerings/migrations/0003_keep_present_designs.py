"""What each level is now becomes its first design on record; can be run again."""

from django.db import migrations
from django.utils import timezone

TEXTS = ("name", "name_en", "slogan", "slogan_en", "description", "description_en")


def keep_present_designs(apps, schema_editor):
    """Each level's present state becomes its approved design; half-approved ones come to rest."""
    level_model = apps.get_model("offerings", "ServiceLevel")
    content_model = apps.get_model("offerings", "LevelContent")
    design_model = apps.get_model("offerings", "LevelDesign")
    subscription_model = apps.get_model("offerings", "Subscription")
    for level in level_model.objects.all():
        if level.state not in ("active", "retired"):
            used = subscription_model.objects.filter(level=level).exists()
            level.state = "active" if used else "retired"
            level.save(update_fields=["state"])
        values = {name: getattr(level, name) for name in TEXTS}
        values |= {
            "commission_rate": str(level.commission_rate), "suggested_assets": str(level.suggested_assets),
            "rank": level.rank, "contains": level.contains.code if level.contains else "",
        }  # fmt: skip
        own = content_model.objects.filter(level=level).order_by("what", "key")
        design_model.objects.get_or_create(
            code=level.code, version=level.version,
            defaults={
                "values": values, "contents": [[c.what, c.key, c.number] for c in own], "state": "approved",
                "maker": level.maker, "made_at": level.changed_at, "checked_at": timezone.now(),
                "checker": level.checker if level.checker not in ("", level.maker) else "system:release",
            },
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("offerings", "0002_designs")]
    operations = [migrations.RunPython(keep_present_designs, migrations.RunPython.noop)]
