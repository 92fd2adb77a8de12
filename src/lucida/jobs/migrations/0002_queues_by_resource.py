from django.db import migrations, models


def bring_along(apps, schema_editor):
    """Jobs that wait in the one queue there was, wait in that of drafts: any worker takes it."""
    apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias).filter(queue="default").update(
        queue="cpu"
    )


class Migration(migrations.Migration):

    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="queue",
            field=models.CharField(default="cpu", max_length=32),
        ),
        migrations.RunPython(bring_along, migrations.RunPython.noop),
    ]
