"""The addresses of scenarios in the workshop: the trainer's, who changes nothing built in."""

from __future__ import annotations

from tests.access.table import row

OF_OURS = """
    ours      {0} 403 403 {1} 403
    elsewhere {0} 403 403 404 403
    """
BUILT_IN = "built_in {0} 403 403 {1} 403\n"
SHOWN = BUILT_IN.format("GET", 200) + OF_OURS.format("GET", 200)
CHANGED = BUILT_IN.format("POST", 403) + OF_OURS.format("POST", 302)

row("scenarios", "ours GET 403 403 200 403")
row("scenario", SHOWN, at=lambda its: [its.side.rehearsal.scenario_id])
row("scenario_preview", SHOWN, at=lambda its: [its.side.rehearsal.pk])
row(
    "scenario_export",
    SHOWN,
    at=lambda its: [its.side.rehearsal.pk],
    opens=["people_auditevent"],
)
# What is published is no draft that could be checked again.
row("scenario_check", CHANGED, at=lambda its: [its.side.rehearsal.pk], quiet=True)
row("scenario_retire", CHANGED, at=lambda its: [its.side.rehearsal.scenario_id])
row("scenario_restore", CHANGED, at=lambda its: [its.side.rehearsal.scenario_id], quiet=True)
