"""Addresses of curriculum, all below /workshop/."""

from django.urls import URLPattern, URLResolver, path

from curriculum.views import job_roles, modules, workshop

urlpatterns: list[URLPattern | URLResolver] = [
    path("", workshop.workshop, name="workshop"),
    path("packages/add/", workshop.package_upload, name="package_upload"),
    path("packages/<int:pk>/", workshop.package_report, name="package_report"),
    path("packages/<int:pk>/load/", workshop.package_load, name="package_load"),
    path("modules/<int:pk>/", modules.module_overview, name="module_overview"),
    path("modules/<int:pk>/publish/", modules.module_publish, name="module_publish"),
    path("modules/<int:pk>/retire/", modules.module_retire, name="module_retire"),
    path("modules/<int:pk>/restore/", modules.module_restore, name="module_restore"),
    path("modules/<int:pk>/copy/", modules.module_copy, name="module_copy"),
    path("versions/<int:pk>/", modules.module_preview, name="module_preview"),
    path("versions/<int:pk>/export/", modules.module_export, name="module_export"),
    path("steps/<int:pk>/", modules.step_preview, name="step_preview"),
    path("tracks/<int:pk>/export/", modules.track_export, name="track_export"),
    path("tracks/<int:pk>/retire/", modules.track_retire, name="track_retire"),
    path("tracks/<int:pk>/restore/", modules.track_restore, name="track_restore"),
    path("job-roles/", job_roles.job_roles, name="job_roles"),
    path("job-roles/add/", job_roles.job_role_add, name="job_role_add"),
    path("job-roles/<int:pk>/", job_roles.job_role, name="job_role"),
    path("job-roles/<int:pk>/edit/", job_roles.job_role_edit, name="job_role_edit"),
]
