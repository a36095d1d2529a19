"""A gate of ten questions over several competencies, and attempts at it that wait to be sent."""

from __future__ import annotations

from itertools import islice

from assessments import attempts
from assessments.models import Attempt, Item, Quiz, QuizItem
from assessments.questions import question
from assessments.questions.single import Single
from bench.data import Company
from curriculum.models import Module, ModuleVersion, Step
from people import clock
from people.models import Member

ITEMS, RIGHT = 10, 8


def make_gate(company: Company) -> Quiz:
    """A published module of the company whose gate asks ten items of the built-in library."""
    module = Module.objects.create(
        organisation=company.organisation, key="TEN-1", title="Ten questions"
    )
    version = ModuleVersion.objects.create(
        module=module, number=1, title=module.title, minutes=30, digest="1" * 64
    )
    step = Step.objects.create(
        version=version, kind=Step.Kind.QUIZ, key="gate", order=1, title="Gate", minutes=10
    )
    quiz = Quiz.objects.create(step=step, purpose=Quiz.Purpose.GATE, draw=ITEMS, pass_mark=80)
    choices = Item.objects.filter(kind="single", organisation=None).order_by("key")
    by_competency: dict[str, list[Item]] = {}
    for item in choices:
        by_competency.setdefault(item.competency_id, []).append(item)
    # Two of each of five competencies: what a gate of a module asks, rather more than less.
    chosen = [item for items in islice(by_competency.values(), ITEMS // 2) for item in items[:2]]
    assert len(chosen) == ITEMS, "the library has too few single-choice items"
    for order, item in enumerate(chosen, start=1):
        QuizItem.objects.create(quiz=quiz, item=item, order=order, lesson="")
    ModuleVersion.objects.filter(pk=version.pk).update(
        state=ModuleVersion.State.PUBLISHED, published_at=clock.now()
    )
    module.published_version = version
    module.save()
    return quiz


def open_attempt(member: Member, quiz: Quiz) -> Attempt:
    return attempts.start(member, quiz)


def answered_attempt(member: Member, quiz: Quiz) -> Attempt:
    """An open attempt with all ten answers kept, eight of them right."""
    attempt = attempts.start(member, quiz)
    places = attempt.places.select_related("item", "attempt").order_by("order")
    for number, place in enumerate(places):
        asked = question(place.item)
        assert isinstance(asked, Single)
        right = next(n for n, option in enumerate(asked.options) if option.right)
        answer = right if number < RIGHT else (right + 1) % len(asked.options)
        attempts.save(place, answer, 2 if place.asks_confidence else None, 1)
    return attempt
