"""Rules of routing in versions: who proposed each list, and who put it into force."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0013_guards_of_kinds'),
    ]

    operations = [
        migrations.CreateModel(
            name='RouteVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('book', models.CharField(choices=[('brokerage', '证券营业部'), ('wallpaper', '壁纸企业')], default='brokerage', max_length=12)),
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
            model_name='route',
            name='key',
            field=models.SlugField(default='', max_length=40),
            preserve_default=False,
        ),
        migrations.RunSQL("UPDATE desk_route SET key = 'rule_' || id", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='route',
            name='version',
            field=models.SmallIntegerField(default=1),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(fields=('book', 'key'), name='route_key_once'),
        ),
        migrations.AddConstraint(
            model_name='routeversion',
            constraint=models.UniqueConstraint(fields=('book', 'number'), name='route_version_once'),
        ),
        migrations.AddConstraint(
            model_name='routeversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('book',), name='one_open_version_of_routes'),
        ),
        migrations.AddConstraint(
            model_name='routeversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('maker', models.F('checker')), _negated=True), _connector='OR'), name='route_version_maker_is_not_checker'),
        ),
    ]
