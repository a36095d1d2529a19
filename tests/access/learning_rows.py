"""The addresses of learning: everybody's own pages, and the manager's."""

from __future__ import annotations

from datetime import timedelta

from people import clock
from tests.access.table import row

EVERYBODY = "mine GET 200 200 200 200"

for name in ("home", "my_role", "map", "law", "tracks", "notes", "search", "my_record"):
    row(name, EVERYBODY)
row("my_record_download", EVERYBODY, opens=["people_auditevent"])
row("help", "mine GET login 200 200 200 200 200 200")
row("competency", EVERYBODY, at=lambda its: ["U1"], of_nobody={0: "Z9"})
row(
    "track",
    """
    ours      GET 200 200 200 200
    built_in  GET 200 200 200 200
    elsewhere GET 404 404 404 404
    """,
    at=lambda its: [its.side.track.pk],
)
row(
    "module",
    """
    ours      GET 200 200 200 200
    built_in  GET 200 200 200 200
    elsewhere GET 404 404 404 404
    """,
    at=lambda its: [its.side.module.pk],
)
row(
    "module_start",
    """
    ours      POST 302 302 302 302
    built_in  POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.module.pk],
    quiet=True,  # everybody has begun it
)
row(
    "module_move",
    """
    ours      POST 302 302 302 302
    built_in  POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.module.pk],
    quiet=True,  # there is no newer version
)
row(
    "lesson_by_key",
    """
    ours      GET 302 302 302 302
    built_in  GET 302 302 302 302
    elsewhere GET 404 404 404 404
    """,
    at=lambda its: [its.side.module.key, its.side.steps["reading"].key],
    of_nobody={0: "OWN-9"},
)
row(
    "step",
    """
    ours      GET 200 200 200 200
    built_in  GET 200 200 200 200
    elsewhere GET 404 404 404 404
    """,
    at=lambda its: [its.side.steps["doing"].pk],
    opens=["learning_stepprogress", "learning_enrolment"],
)
row(
    "note_add",
    """
    ours      POST 302 302 302 302
    built_in  POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.steps["reading"].pk],
    data=lambda its: {"text": "To ask", "quote": "", "block": "0"},
)
ONLY_MINE = """
    mine       {0}
    colleague  {1} 404 404 404 404
    other_team {1} 404 404 404 404
    elsewhere  {1} 404 404 404 404
    """
row(
    "note_edit",
    ONLY_MINE.format("GET 200 200 200 200", "GET")
    + ONLY_MINE.format("POST 302 302 302 302", "POST"),
    at=lambda its: [its.note.pk],
    data=lambda its: {"text": "Asked", "quote": "", "block": "0"},
)
row("note_delete", ONLY_MINE.format("POST 302 302 302 302", "POST"), at=lambda its: [its.note.pk])

# ---- The manager's -------------------------------------------------------------------------

row(
    "team",
    """
    ours      GET 403 200 403 403
    elsewhere GET 403 404 403 403
    """,
    query=lambda its: {"team": its.side.cast.care.pk},
)
row(
    "team_export",
    """
    ours      GET 403 200 403 403
    elsewhere GET 403 404 403 403
    """,
    query=lambda its: {"team": its.side.cast.care.pk},
    opens=["people_auditevent"],
)
row(
    "assign",
    """
    colleague  GET  403 200 403 403
    other_team GET  403 403 403 403
    elsewhere  GET  403 404 403 403
    colleague  POST 403 302 403 403
    other_team POST 403 403 403 403
    elsewhere  POST 403 404 403 403
    """,
    query=lambda its: {"member": its.member.pk, "competency": "U1"},
    data=lambda its: {
        "member": its.member.pk,
        "what": f"track:{its.side.track.pk}",
        "due_on": (clock.today() + timedelta(days=7)).isoformat(),
    },
)
IN_REACH = """
    colleague  {0} 403 {1} 403 403
    other_team {0} 403 403 403 403
    elsewhere  {0} 403 404 403 403
    """
row("assignment_withdraw", IN_REACH.format("POST", 302), at=lambda its: [its.assignment.pk])
row("assignment_remind", IN_REACH.format("POST", 302), at=lambda its: [its.assignment.pk])
PERSON = IN_REACH.format("GET", 200)
row(
    "person",
    PERSON + "mine GET 403 200 403 403",
    at=lambda its: [its.member.pk],
    opens=["people_auditevent"],
)
row(
    "person_competency",
    PERSON,
    at=lambda its: [its.member.pk, "U1"],
    opens=["people_auditevent"],
)
row(
    "attest",
    IN_REACH.format("POST", 302),
    at=lambda its: [its.member.pk, "U1"],
    data=lambda its: {"level": "2"},
)
row(
    "person_attempt",
    PERSON,
    at=lambda its: [its.member.pk, its.submitted.pk],
    opens=["people_auditevent"],
)
row(
    "person_submission",
    PERSON,
    at=lambda its: [its.member.pk, its.work.pk],
    opens=["people_auditevent"],
)
# A manager answers for some, a trainer debriefs all: neither gives anybody else's key away.
row(
    "team_rehearsals",
    "ours GET 403 200 200 403",
)
row(
    "team_debrief",
    """
    ours      GET 403 200 200 403
    """,
    at=lambda its: [its.side.rehearsal.scenario.key],
    opens=["people_auditevent"],
    of_nobody={0: "no-such-scenario"},
)
