"""Addresses of learning: the learner's pages and the manager's."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("learning.learner_urls")),
    path("", include("learning.team_urls")),
]
