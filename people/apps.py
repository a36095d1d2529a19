"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from people import checks, handlers  # noqa: F401  (checks register themselves)

        handlers.connect()
