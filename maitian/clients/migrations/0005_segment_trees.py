"""Segments of the first form, ``{"level": "2", "holds": "证券"}``, become trees of conditions with a first version."""

from django.db import migrations


def _node(name, value):
    number = int(value) if value.isdigit() else None
    if name == "level" and number is not None:
        return {"is": "level", "any_of": [number]}
    if name == "state":
        return {"is": "state", "any_of": [value]}
    if name == "risk" and number is not None:
        return {"is": "risk_class", "any_of": [number]}
    if name == "assets" and number is not None:
        return {"is": "assets", "at_least": str(number)}
    if name == "holds":
        return {"is": "holds", "any_of": [value]}
    if name == "tag":
        return {"is": "tag", "any_of": [value]}
    if name == "birthday" and number is not None:
        return {"is": "birthday", "any_of": [number]}
    return None


def forwards(apps, _editor):
    Segment = apps.get_model("clients", "Segment")
    SegmentVersion = apps.get_model("clients", "SegmentVersion")
    for segment in Segment.objects.all():
        if "all" not in segment.conditions and "any" not in segment.conditions:
            found = [_node(name, str(value).strip()) for name, value in segment.conditions.items() if value]
            segment.conditions = {"all": [node for node in found if node]}
            segment.save(update_fields=["conditions"])
        SegmentVersion.objects.get_or_create(
            segment=segment,
            number=segment.version,
            defaults={"conditions": segment.conditions, "maker": segment.maker, "made_at": segment.made_at},
        )


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_conditions")]

    # Backwards nothing is to be done: the first form is not read by anything that would be left.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
