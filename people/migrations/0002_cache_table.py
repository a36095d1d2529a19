"""Makes the table of the database cache, so that `migrate` alone sets a site up."""

from django.conf import settings
from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    """Only for the database cache; another cache has no table."""
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith("db.DatabaseCache"):
        call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
