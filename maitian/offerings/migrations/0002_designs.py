"""Designs apart from levels: a proposal no longer touches the level that clients have."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offerings", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="servicelevel",
            name="state",
            field=models.CharField(
                choices=[("active", "在用"), ("retired", "停用")], default="active", max_length=10
            ),
        ),
        migrations.CreateModel(
            name="LevelDesign",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("code", models.SlugField(max_length=30)),
                ("version", models.IntegerField()),
                ("values", models.JSONField()),
                ("contents", models.JSONField()),
                ("retires", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "待复核"),
                            ("approved", "已同意"),
                            ("refused", "已退回"),
                            ("withdrawn", "已收回"),
                        ],
                        default="submitted",
                        max_length=10,
                    ),
                ),
                ("maker", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
                ("checker", models.CharField(blank=True, max_length=60)),
                ("checked_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=400)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="level_design_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "submitted")), fields=("code",), name="one_open_level_design"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("maker", models.F("checker")), _negated=True),
                            _connector="OR",
                        ),
                        name="level_design_maker_is_not_checker",
                    ),
                ],
            },
        ),
    ]
