"""Addresses of assessments."""

from django.urls import URLPattern, URLResolver, path

from assessments.views import exercises, grading, late, quizzes, scenarios, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("quizzes/<int:step_id>/start/", quizzes.quiz_start, name="quiz_start"),
    path("quizzes/attempts/<int:attempt_id>/submit/", quizzes.quiz_submit, name="quiz_submit"),
    path("quizzes/attempts/<int:attempt_id>/review/", quizzes.quiz_review, name="quiz_review"),
    path("quizzes/attempts/<int:attempt_id>/<int:order>/", quizzes.quiz_item, name="quiz_item"),
    path(
        "quizzes/attempts/<int:attempt_id>/<int:order>/save/", quizzes.quiz_save, name="quiz_save"
    ),
    path("tasks/<int:step_id>/", tasks.task_page, name="task_page"),
    path("tasks/<int:step_id>/save/", tasks.task_save, name="task_save"),
    path("exercises/<int:step_id>/begin/", exercises.exercise_begin, name="exercise_begin"),
    path(
        "workshop/scenarios/versions/<int:pk>/export/",
        scenarios.scenario_export,
        name="scenario_export",
    ),
    path("grading/", grading.grading, name="grading"),
    path("grading/late/<int:attempt_id>/", late.late_answers, name="late_answers"),
    path("grading/<int:submission_id>/", grading.grade, name="grade"),
]
