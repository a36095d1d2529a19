"""The curriculum app."""

from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    name = "curriculum"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from curriculum import personal_data, uploads
        from curriculum.packages import kinds, lessons
        from people import audit, jobs

        kinds.register(lessons.LESSON)
        jobs.register(uploads.CHECK, uploads.check_package)
        personal_data.connect()
        audit.register_words(
            {
                "package.uploaded": "Uploaded a package",
                "package.loaded": "Brought a package in as drafts",
                "module.published": "Published a module",
                "module.retired": "Retired a module",
                "module.restored": "Restored a module",
                "module.copied": "Copied a built-in module",
                "module.exported": "Exported a module",
                "track.retired": "Retired a track",
                "track.restored": "Restored a track",
                "track.exported": "Exported a track",
                "job-role.added": "Added a job role",
                "job-role.changed": "Changed a job role",
            }
        )
