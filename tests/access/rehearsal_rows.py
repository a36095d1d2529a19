"""The addresses of rehearsals: choosing, planning, runs, decisions, debriefs, trails."""

from __future__ import annotations

from tests.access.table import row
from tests.world import REHEARSED, Belongings

# A run is its member's alone; that there is one is no secret within the organisation.
MINE = """
    mine       {0} {1} {1} {1} {1}
    colleague  {0} 403 403 403 403
    other_team {0} 403 403 403 403
    elsewhere  {0} 404 404 404 404
    """
# A debrief is read by trainers too, and by the manager where the organisation opened answers.
DEBRIEF = """
    mine       GET 200 200 200 200
    colleague  GET 403 200 200 403
    other_team GET 403 403 200 403
    elsewhere  GET 404 404 404 404
    """


def decided(its: Belongings) -> dict[str, str]:
    return {
        "ask": its.runs.ask,
        "decision": "approve",
        "reason": "checked",
        "sure": "fairly",
    }


row("rehearsals", "mine GET 200 200 200 200")
SCENARIO = """
    ours      {0} {1} {1} {1} {1}
    elsewhere {0} {2} {2} {2} {2}
    """
# The key is the same in both organisations: everybody is led to their own scenario.
row(
    "rehearsal_brief",
    SCENARIO.format("GET", 200, 200),
    at=lambda its: [REHEARSED],
    of_nobody={0: "nobodys"},
)
row(
    "rehearsal_begin",
    SCENARIO.format("POST", 302, 302),
    at=lambda its: [REHEARSED],
    data=lambda its: {"rung": "design"},
    of_nobody={0: "nobodys"},
)
row("rehearsal_before", MINE.format("GET", 200), at=lambda its: [its.runs.planning.pk])
row(
    "rehearsal_predict",
    MINE.format("GET", 200) + MINE.format("POST", 302),
    at=lambda its: [its.runs.planning.pk],
    data=lambda its: {"choice": "0", "words": "It is the last step."},
)
row(
    "rehearsal_plan",
    MINE.format("GET", 200) + MINE.format("POST", 302),
    at=lambda its: [its.runs.planning.pk],
    data=lambda its: {"act": "stage-remove 1", "sequence": its.runs.planning.plan_sequence},
)
row(
    "rehearsal_start",
    MINE.format("POST", 302),
    at=lambda its: [its.runs.planning.pk],
    data=lambda its: {"sequence": its.runs.planning.plan_sequence},
)
row("rehearsal_run", MINE.format("GET", 200), at=lambda its: [its.runs.waiting.pk])
row(
    "rehearsal_decide",
    MINE.format("POST", 302),
    at=lambda its: [its.runs.waiting.pk],
    data=decided,
)
row("rehearsal_events", MINE.format("GET", 200), at=lambda its: [its.runs.waiting.pk])
row("rehearsal_brief_again", MINE.format("GET", 200), at=lambda its: [its.runs.waiting.pk])
row(
    "rehearsal_questions",
    MINE.format("GET", 200) + MINE.format("POST", 302),
    at=lambda its: [its.runs.answering.pk],
    data=lambda its: {"skip": "yes"},
)
VIEWED = {"opens": ["people_auditevent"]}
row("rehearsal_debrief", DEBRIEF, at=lambda its: [its.runs.over.pk], **VIEWED)
row("rehearsal_what_if", DEBRIEF, at=lambda its: [its.runs.over.pk], **VIEWED)
row("rehearsal_trail", DEBRIEF, at=lambda its: [its.runs.over.pk], **VIEWED)
row("rehearsal_trail_download", DEBRIEF, at=lambda its: [its.runs.over.pk], **VIEWED)
# Whoever has an unfinished run of this kind is led back to it.
row(
    "rehearsal_again",
    MINE.format("POST", 302),
    at=lambda its: [its.runs.over.pk],
    quiet=True,
)
