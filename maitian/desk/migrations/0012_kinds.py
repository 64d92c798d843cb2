"""Kinds of case in versions: who proposed each, who put it into force, and with which form a case was taken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0011_mails_of_clocks'),
    ]

    operations = [
        migrations.CreateModel(
            name='KindVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30)),
                ('number', models.SmallIntegerField()),
                ('base', models.SmallIntegerField(default=0)),
                ('definition', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', '待复核'), ('approved', '已生效'), ('refused', '已退回'), ('withdrawn', '已收回')], default='proposed', max_length=10)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('maker', models.CharField(max_length=60)),
                ('made_at', models.DateTimeField()),
                ('checker', models.CharField(blank=True, max_length=60)),
                ('checked_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='form_version',
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='casekind',
            name='retired_because',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='casekind',
            name='version',
            field=models.SmallIntegerField(default=1),
        ),
        migrations.AddConstraint(
            model_name='casekind',
            constraint=models.UniqueConstraint(fields=('book', 'name'), name='kind_name_once'),
        ),
        migrations.AddConstraint(
            model_name='casekind',
            constraint=models.UniqueConstraint(fields=('book', 'name_en'), name='kind_name_en_once'),
        ),
        migrations.AddField(
            model_name='kindversion',
            name='kind',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='desk.casekind'),
        ),
        migrations.AddConstraint(
            model_name='kindversion',
            constraint=models.UniqueConstraint(fields=('code', 'number'), name='kind_version_once'),
        ),
        migrations.AddConstraint(
            model_name='kindversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('code',), name='one_open_version_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='kindversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('maker', models.F('checker')), _negated=True), _connector='OR'), name='kind_version_maker_is_not_checker'),
        ),
    ]
