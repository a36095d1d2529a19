"""Addresses of a manager's pages."""

from django.urls import path

from learning.views import assignments, person, rehearsals, team

urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/export.csv", team.team_export, name="team_export"),
    path("team/assign/", assignments.assign, name="assign"),
    path(
        "team/assignments/<int:pk>/withdraw/",
        assignments.assignment_withdraw,
        name="assignment_withdraw",
    ),
    path(
        "team/assignments/<int:pk>/remind/",
        assignments.assignment_remind,
        name="assignment_remind",
    ),
    path("team/rehearsals/", rehearsals.team_rehearsals, name="team_rehearsals"),
    path("team/rehearsals/<str:key>/", rehearsals.team_debrief, name="team_debrief"),
    path("team/people/<int:pk>/", person.person, name="person"),
    path(
        "team/people/<int:pk>/attempts/<int:attempt_id>/",
        person.person_attempt,
        name="person_attempt",
    ),
    path(
        "team/people/<int:pk>/submissions/<int:submission_id>/",
        person.person_submission,
        name="person_submission",
    ),
    path("team/people/<int:pk>/<str:competency_id>/attest/", person.attest, name="attest"),
    path(
        "team/people/<int:pk>/<str:competency_id>/",
        person.person_competency,
        name="person_competency",
    ),
]
