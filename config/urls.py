"""All addresses of the site."""

from django.urls import include, path

from people.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("account/", include("people.account_urls")),
    path("people/", include("people.urls")),
    path("workshop/", include("curriculum.urls")),
    path("", include("sandbox.urls")),
    path("", include("assessments.urls")),
    path("", include("learning.urls")),
]

handler500 = "config.views.server_error"
