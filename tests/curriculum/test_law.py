"""The record of the law: one file of the built-in library, whole or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from curriculum.models import LawEntry, Step
from curriculum.packages.loading import load
from tests.conftest import Cast
from tests.curriculum.packages import LESSON_PATH, edited, files, package

LAW = """\
as_of: "2026-11-01"
review_by: "2027-05-01"
note: No legal advice.
entries:
  - id: notice
    title: Saying that it is AI
    reference: Article 50
    says: People are told.
    applies: From a date.
    source: {title: A regulation, publisher: A journal, date: "2024-07-12"}
  - id: basis
    title: May these data be used
    reference: Article 6
    says: A basis is needed.
    applies: Since a date.
    unsettled: An amendment is proposed.
    source: {title: Another, publisher: A journal, date: "2016", url: "https://law.example/6"}
"""
DOMAIN = """\
domain: {id: U, name: Understand, order: 1}
competencies:
  - id: U1
    name: AI concepts
    short: Concepts
    definition: What it is.
    behaviours: [says it, uses it, designs it, sets it]
"""


def built_in(law: str = LAW) -> dict[str, str]:
    linked = edited(LESSON_PATH, "lesson:M1/repair-trust", "law:notice")
    return linked | {"law.yaml": law, "competencies/understand.yaml": DOMAIN}


@pytest.mark.django_db
def test_the_record_is_written_whole_and_lessons_lead_to_it() -> None:
    report = load(package(built_in()), organisation=None, by=None, publish=True)
    assert report.ok, report.faults
    notice, basis = LawEntry.objects.all()
    assert (notice.pk, notice.order, notice.unsettled) == ("notice", 1, "")
    assert basis.unsettled == "An amendment is proposed."
    assert basis.source["url"] == "https://law.example/6"
    assert (notice.as_of, notice.review_by) == (date(2026, 11, 1), date(2027, 5, 1))
    lesson = Step.objects.get(key="read-the-trail")
    assert '<a href="/law/#notice"' in lesson.html


@pytest.mark.django_db
def test_what_is_taken_out_is_gone_and_dead_links_are_refused() -> None:
    assert load(package(built_in()), organisation=None, by=None).ok
    shorter = LAW[: LAW.index("  - id: basis")]
    assert load(package(built_in(shorter)), organisation=None, by=None).ok
    assert [entry.pk for entry in LawEntry.objects.all()] == ["notice"]
    report = load(package(built_in(LAW.replace("notice", "told"))), organisation=None, by=None)
    assert [(fault.file, fault.line) for fault in report.faults] == [(LESSON_PATH, 17)]
    assert LawEntry.objects.filter(pk="notice").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: basis", "id: notice", 11, "twice"),
        ('"2027-05-01"', "soon", 2, "review_by"),
        ('"2027-05-01"', '"2027-05-41"', 2, "review_by"),
        ('date: "2016"', 'day: "2016"', 17, "not known"),
        ("says: A basis is needed.", 'says: ""', 14, "empty"),
    ],
)
@pytest.mark.django_db
def test_a_record_with_a_fault_is_refused(old: str, new: str, line: int, said: str) -> None:
    report = load(package(built_in(LAW.replace(old, new))), organisation=None, by=None)
    assert any(
        fault.file == "law.yaml" and fault.line == line and said in str(fault)
        for fault in report.faults
    ), report.faults
    assert not LawEntry.objects.exists()


@pytest.mark.usefixtures("framework")
def test_an_organisation_refers_to_the_record_and_keeps_none(cast: Cast) -> None:
    LawEntry.objects.create(
        id="notice", order=1, title="t", reference="r", says="s", applies="a", source={}, note="n",
        as_of=date(2026, 11, 1), review_by=date(2027, 5, 1),
    )  # fmt: skip
    linked = edited(LESSON_PATH, "lesson:M1/repair-trust", "law:notice")
    assert load(package(linked), organisation=cast.organisation, by=cast.joanna).ok
    with_law = package(files() | {"law.yaml": LAW})
    assert not load(with_law, organisation=cast.organisation, by=cast.joanna).ok
