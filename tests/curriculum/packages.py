"""Small packages to break: a dictionary of paths and texts that is in order as it stands."""

from __future__ import annotations

import io
import zipfile

from curriculum.models import Competency, Domain
from curriculum.packages.reading import Package, read_zip

HEAD = "format: 1\nid: our-modules\ntitle: Our modules\n"

MODULE = """\
id: M1
title: Taking over well
summary: What to do when the assistant hands you a customer.
minutes: 35
requires: []
competencies: {U1: 2}
objectives:
  - {verb: apply, text: Read a trail before speaking}
steps:
  - {kind: lesson, id: read-the-trail}
  - {kind: quiz, id: practice}
  - {kind: lesson, id: repair-trust}
sources:
  - id: nist-rmf
    title: AI Risk Management Framework
    publisher: NIST
    date: "2023-01"
"""

LESSON = """\
---
id: read-the-trail
title: Read the trail
minutes: 5
sources: [nist-rmf]
---
A customer has told somebody everything [nist-rmf].

!!! example "Worked example: a late cot"
    1. Why was I called?
    2. What cannot be undone?

    | what | cost |
    |---|--:|
    | refund | 80 |

Go on with [the next one](lesson:M1/repair-trust).
"""

SECOND = """\
---
id: repair-trust
title: Repair trust
minutes: 4
---
Say what you have read, then ask one thing.
"""

ITEM = """\
  - id: {id}
    title: The late cot
    kind: single
    competency: U1
    level: 2
    lesson: read-the-trail
    ask: What do you do first?
    options:
      - text: Read the trail from its end.
        right: true
        follows: You know why you were called.
        because: The last entry says so.
      - text: Apologise at once.
        follows: She hears the fourth apology.
        because: You do not know yet what for.
      - text: Ask for the order number.
        follows: She gives it again.
        because: It stands in the trail.
      - text: Offer the refund.
        follows: She wanted the cot.
        because: Her first message says what she wants.
"""

PRACTICE = (
    "id: practice\ntitle: Practice\npurpose: practice\ndraw: 2\npass_mark: null\ntime_limit: null\n"
    "items:\n" + ITEM.format(id="m1-x01") + ITEM.format(id="m1-x02")
)

TRACK = "id: care\ntitle: Care desk\nsummary: For the care desk.\nlayer: customer\nmodules: [M1]\n"

ROLE = """\
id: care-adviser
layer: customer
name: Care adviser
summary: You talk with customers.
tracks: [care]
targets:
  U1: {level: 2, critical: true}
interaction_points:
  - id: CA1
    decision: Take over
    information: What has happened so far
    skills: [U1]
    good: You have read the case.
    bad: You ask again.
"""

LESSON_PATH = "modules/M1/lessons/read-the-trail.md"
QUIZ_PATH = "modules/M1/quizzes/practice.yaml"


def files() -> dict[str, str]:
    return {
        "package.yaml": HEAD,
        "modules/M1/module.yaml": MODULE,
        LESSON_PATH: LESSON,
        "modules/M1/lessons/repair-trust.md": SECOND,
        QUIZ_PATH: PRACTICE,
        "tracks/care.yaml": TRACK,
        "job-roles/care-adviser.yaml": ROLE,
    }


def edited(path: str, old: str, new: str) -> dict[str, str]:
    """The package with one text replaced in one file."""
    changed = files()
    assert old in changed[path], f"{old!r} is not in {path}"
    changed[path] = changed[path].replace(old, new)
    return changed


def zipped(content: dict[str, str] | dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return packed.getvalue()


def package(content: dict[str, str] | None = None) -> Package:
    return read_zip(zipped(content if content is not None else files()))


def make_framework() -> None:
    """Two competencies, enough to refer to."""
    domain = Domain.objects.create(id="U", name="Understand", order=1)
    for order, (key, name) in enumerate([("U1", "AI concepts"), ("U2", "Limits")], 1):
        Competency.objects.create(
            id=key, domain=domain, name=name, short=key, definition="…", order=order
        )
