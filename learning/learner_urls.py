"""Addresses of the learner's pages."""

from django.urls import path

from learning.views import help as help_views
from learning.views import home, notes, record, role, search, steps, tracks
from learning.views import map as map_views

urlpatterns = [
    path("", home.home, name="home"),
    path("role/", role.my_role, name="my_role"),
    path("competencies/<str:pk>/", role.competency, name="competency"),
    path("map/", map_views.curriculum_map, name="map"),
    path("law/", map_views.law, name="law"),
    path("tracks/", tracks.tracks, name="tracks"),
    path("tracks/<int:pk>/", tracks.track, name="track"),
    path("modules/<int:pk>/", tracks.module, name="module"),
    path("modules/<int:pk>/start/", tracks.module_start, name="module_start"),
    path("modules/<int:pk>/move-on/", tracks.module_move, name="module_move"),
    path("modules/by-key/<str:key>/<str:lesson>/", steps.lesson_by_key, name="lesson_by_key"),
    path("steps/<int:pk>/", steps.step, name="step"),
    path("steps/<int:pk>/notes/add/", notes.note_add, name="note_add"),
    path("notes/", notes.notes, name="notes"),
    path("notes/<int:pk>/edit/", notes.note_edit, name="note_edit"),
    path("notes/<int:pk>/delete/", notes.note_delete, name="note_delete"),
    path("search/", search.search, name="search"),
    path("record/", record.my_record, name="my_record"),
    path("record/download/", record.my_record_download, name="my_record_download"),
    path("help/", help_views.help_page, name="help"),
]
