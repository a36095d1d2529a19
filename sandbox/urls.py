"""Addresses of the sandbox."""

from django.urls import URLPattern, URLResolver, path

from sandbox.views import briefs, endings, live_models, plans, rehearsals, runs, trails, workshop

urlpatterns: list[URLPattern | URLResolver] = [
    path("people/live-models/", live_models.live_models, name="live_models"),
    path("workshop/scenarios/", workshop.scenarios_page, name="scenarios"),
    path("workshop/scenarios/<int:pk>/", workshop.scenario, name="scenario"),
    path("workshop/scenarios/<int:pk>/retire/", workshop.scenario_retire, name="scenario_retire"),
    path(
        "workshop/scenarios/<int:pk>/restore/", workshop.scenario_restore, name="scenario_restore"
    ),
    path(
        "workshop/scenarios/versions/<int:pk>/check/",
        workshop.scenario_check,
        name="scenario_check",
    ),
    path(
        "workshop/scenarios/versions/<int:pk>/brief/",
        workshop.scenario_preview,
        name="scenario_preview",
    ),
    path("rehearsals/", rehearsals.rehearsals, name="rehearsals"),
    path("rehearsals/<slug:key>/", rehearsals.rehearsal_brief, name="rehearsal_brief"),
    path("rehearsals/<slug:key>/begin/", rehearsals.rehearsal_begin, name="rehearsal_begin"),
    path(
        "rehearsals/runs/<int:run_id>/before/",
        rehearsals.rehearsal_before,
        name="rehearsal_before",
    ),
    path(
        "rehearsals/runs/<int:run_id>/predict/",
        rehearsals.rehearsal_predict,
        name="rehearsal_predict",
    ),
    path("rehearsals/runs/<int:run_id>/plan/", plans.rehearsal_plan, name="rehearsal_plan"),
    path("rehearsals/runs/<int:run_id>/start/", plans.rehearsal_start, name="rehearsal_start"),
    path("rehearsals/runs/<int:run_id>/", runs.rehearsal_run, name="rehearsal_run"),
    path("rehearsals/runs/<int:run_id>/decide/", runs.rehearsal_decide, name="rehearsal_decide"),
    path("rehearsals/runs/<int:run_id>/events/", runs.rehearsal_events, name="rehearsal_events"),
    path(
        "rehearsals/runs/<int:run_id>/brief/", briefs.rehearsal_brief, name="rehearsal_brief_again"
    ),
    path(
        "rehearsals/runs/<int:run_id>/questions/",
        endings.rehearsal_questions,
        name="rehearsal_questions",
    ),
    path(
        "rehearsals/runs/<int:run_id>/debrief/", endings.rehearsal_debrief, name="rehearsal_debrief"
    ),
    path(
        "rehearsals/runs/<int:run_id>/what-if/", endings.rehearsal_what_if, name="rehearsal_what_if"
    ),
    path("rehearsals/runs/<int:run_id>/again/", endings.rehearsal_again, name="rehearsal_again"),
    path("rehearsals/runs/<int:run_id>/trail/", trails.rehearsal_trail, name="rehearsal_trail"),
    path(
        "rehearsals/runs/<int:run_id>/trail.jsonl",
        trails.rehearsal_trail_download,
        name="rehearsal_trail_download",
    ),
]
