"""The assessments app."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from assessments import gates, records, rehearsals
        from assessments.exercise_documents import EXERCISE
        from assessments.quiz_documents import QUIZ
        from assessments.results import gate_failed
        from assessments.scenario_documents import SCENARIO
        from assessments.task_documents import TASK
        from curriculum.packages import kinds
        from people import audit, messages

        kinds.register(QUIZ)
        kinds.register(TASK)
        kinds.register(EXERCISE)
        kinds.register_folder(SCENARIO)
        messages.register_kind("assessments/marked", "you handed in a workplace task")
        messages.register_kind("assessments/returned", "you handed in a workplace task")
        messages.register_kind("assessments/late", "answers of yours came after the time was over")
        messages.register_kind("assessments/gate-failed", "you are a trainer")
        gate_failed.connect(gates.tell_trainers, dispatch_uid="assessments.gates")
        audit.register_words(
            {
                "task.marked": "Marked a workplace task",
                "task.returned": "Returned a workplace task",
                "late-answers.counted": "Counted answers that came late",
                "late-answers.left": "Left out answers that came late",
            }
        )
        records.connect()
        rehearsals.connect()
