from django.db import migrations

from learning import search_index


class Migration(migrations.Migration):
    """The index of lessons; SQLite and PostgreSQL each have their own kind."""

    dependencies = [
        ("learning", "0002_initial"),
        ("curriculum", "0002_initial"),
    ]

    operations = [migrations.RunPython(search_index.create_table, search_index.drop_table)]
