"""The addresses of assessments: quizzes, workplace tasks, grading."""

from __future__ import annotations

from tests.access.table import row
from tests.world import Belongings

OURS_GET = """
    ours      GET 200 200 200 200
    built_in  GET 200 200 200 200
    elsewhere GET 404 404 404 404
    """
# Only one's own attempts, whatever one's access: what a manager may read has pages of its own.
MINE = """
    mine       {0} {1} {1} {1} {1}
    colleague  {0} 404 404 404 404
    other_team {0} 404 404 404 404
    elsewhere  {0} 404 404 404 404
    """
# Asked by scripts: a status that they understand instead of a redirect to a page.
SCRIPT = "401 {0} {0} {0} {0} 401 401"


def answer(its: object) -> dict[str, str]:
    return {"answer": "1", "confidence": "2", "sequence": "9", "key": "k" * 20, "confirmed": "yes"}


row(
    "quiz_start",
    """
    ours      POST 302 302 302 302
    built_in  POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.steps["pre-test"].pk],
)
row(
    "quiz_item",
    MINE.format("GET", 200) + MINE.format("POST", 302),
    at=lambda its: [its.opened.pk, 1],
    data=answer,
)
row(
    "quiz_save",
    f"""
    mine       POST {SCRIPT.format(200)}
    colleague  POST {SCRIPT.format(404)}
    other_team POST {SCRIPT.format(404)}
    elsewhere  POST {SCRIPT.format(404)}
    """,
    at=lambda its: [its.opened.pk, 1],
    data=answer,
)
row(
    "quiz_submit",
    MINE.format("GET", 200) + MINE.format("POST", 302),
    at=lambda its: [its.opened.pk],
    data=answer,
)
row("quiz_review", MINE.format("GET", 200), at=lambda its: [its.submitted.pk])
row(
    "task_page",
    OURS_GET
    + """
    ours      POST 302 302 302 302
    built_in  POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.steps["second"].pk],
    data=lambda its: {"text": "What I did.", "sequence": "3"},
)
row(
    "task_save",
    f"""
    ours      POST {SCRIPT.format(200)}
    elsewhere POST {SCRIPT.format(404)}
    """,
    at=lambda its: [its.side.steps["second"].pk],
    data=lambda its: {"text": "What I did.", "sequence": "3"},
)
row(
    "exercise_begin",
    """
    ours      POST 302 302 302 302
    elsewhere POST 404 404 404 404
    """,
    at=lambda its: [its.side.steps["rehearse"].pk],
)
row("grading", "mine GET 403 200 200 403")
GRADED = """
    mine       {0} 403 403 403 403
    colleague  {0} 403 {1} {1} 403
    other_team {0} 403 403 {1} 403
    elsewhere  {0} 403 404 404 403
    """
row(
    "grade",
    GRADED.format("GET", 200) + GRADED.format("POST", 302),
    at=lambda its: [its.work.pk],
    data=lambda its: {f"band-{number}": "3" for number in range(4)},
)


def came_late(its: Belongings) -> list[int]:
    """The submitted attempt, with an answer that came after the time."""
    its.submitted.places.filter(order=1).update(late_answer=1)
    return [its.submitted.pk]


LATE = """
    mine       {0} 403 403 403 403
    colleague  {0} 403 403 {1} 403
    other_team {0} 403 403 {1} 403
    elsewhere  {0} 403 404 404 403
    """
row(
    "late_answers",
    LATE.format("GET", 200) + LATE.format("POST", 302),
    at=came_late,
    data=lambda its: {"decision": "leave"},
)
