"""The addresses of curriculum: the trainer's workshop, and an organisation's job roles."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.access.table import row
from tests.packages import own_package, zipped
from tests.world import Belongings

PAGE = "ours GET 403 403 200 403"
OF_OURS = """
    ours      {0} 403 403 {1} 403
    elsewhere {0} 403 403 404 403
    """
BUILT_IN = "built_in {0} 403 403 {1} 403\n"
LIBRARY_SHOWN = BUILT_IN.format("GET", 200)
# A trainer adapts a copy of what is built in, and changes nothing of it.
LIBRARY_KEPT = BUILT_IN.format("POST", 403)
SHOWN = OF_OURS.format("GET", 200)
ACT = OF_OURS.format("POST", 302)


def package(its: Belongings) -> dict[str, Any]:
    return {"package": SimpleUploadedFile("new.zip", zipped(own_package("NEW-1", "new")))}


row("workshop", PAGE)
row("package_upload", PAGE + "\nours POST 403 403 302 403", data=package)
row("package_report", SHOWN, at=lambda its: [its.side.refused.pk])
row("package_load", ACT, at=lambda its: [its.side.clean.pk])
row("module_overview", LIBRARY_SHOWN + SHOWN, at=lambda its: [its.side.module.pk])
row(
    "module_publish",
    LIBRARY_KEPT + ACT,
    at=lambda its: [its.side.module.pk],
    data=lambda its: {"version": its.side.draft.pk, "note": "Better"},
)
row("module_retire", LIBRARY_KEPT + ACT, at=lambda its: [its.side.module.pk])
row("module_restore", LIBRARY_KEPT + ACT, at=lambda its: [its.side.module.pk], quiet=True)
row(
    "module_copy",
    BUILT_IN.format("POST", 302) + ACT,
    at=lambda its: [its.side.module.pk],
    quiet=True,
)
row("module_preview", LIBRARY_SHOWN + SHOWN, at=lambda its: [its.side.draft.pk])
row(
    "module_export",
    LIBRARY_SHOWN + SHOWN,
    at=lambda its: [its.side.draft.pk],
    opens=["people_auditevent"],
)
row("step_preview", LIBRARY_SHOWN + SHOWN, at=lambda its: [its.side.steps["gate"].pk])
row(
    "track_export",
    LIBRARY_SHOWN + SHOWN,
    at=lambda its: [its.side.track.pk],
    opens=["people_auditevent"],
)
row("track_retire", LIBRARY_KEPT + ACT, at=lambda its: [its.side.track.pk])
row("track_restore", LIBRARY_KEPT + ACT, at=lambda its: [its.side.track.pk], quiet=True)

# ---- Job roles: administrators change them, trainers may look ------------------------------

row("job_roles", "ours GET 403 403 200 200")
row(
    "job_role",
    """
    ours      GET 403 403 200 200
    built_in  GET 403 403 200 200
    elsewhere GET 403 403 404 404
    """,
    at=lambda its: [its.side.job_role.pk],
)
row(
    "job_role_add",
    "ours GET 403 403 403 200\nours POST 403 403 403 302",
    data=lambda its: {"name": "Dispatcher", "layer": "operations", "summary": "Sends vans."},
)
row(
    "job_role_edit",
    """
    ours      GET  403 403 403 200
    built_in  GET  403 403 403 403
    elsewhere GET  403 403 403 404
    built_in  POST 403 403 403 403
    ours      POST 403 403 403 302
    elsewhere POST 403 403 403 404
    """,
    at=lambda its: [its.side.job_role.pk],
    data=lambda its: {
        "name": "Our own role",
        "layer": "customer",
        "summary": "What it is.",
        "level-U1": "2",
        "level-U2": "0",
        "level-D1": "1",
    },
)
