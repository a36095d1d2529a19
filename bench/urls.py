"""The site's addresses with the floors beside them."""

from django.urls import include, path

from bench import floor

urlpatterns = [
    path("floor/page/<int:size>/", floor.page, name="floor_page"),
    path("floor/post/", floor.post, name="floor_post"),
    path("", include("config.urls")),
]
