"""The sandbox app: rehearsals of directing AI agents."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from people import audit, jobs
        from sandbox import live, personal_data, publishing, retiring
        from sandbox.live_models import accounts

        personal_data.connect()
        jobs.register(live.KIND, live.advance)
        jobs.register(publishing.LINT, publishing.lint_version)
        audit.register_words({**accounts.WORDS, **publishing.WORDS, **retiring.WORDS})
