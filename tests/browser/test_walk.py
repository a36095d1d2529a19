"""Three members of different job roles walk their whole tracks, by the links a page offers them."""

from __future__ import annotations

import random

from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from assessments import attempts, workplace
from assessments.models import Quiz
from assessments.workplace import Draft
from curriculum.models import Step
from learning.demo import answering, directing
from learning.models import Enrolment
from people.models import JobRole, Member
from tests.browser.conftest import SignIn, Site, go
from tests.conftest import Cast

ABLE = 9.0  # a logit: right but for slips
MOST_STEPS = 400


def do(step: Step, member: Member, chance: random.Random) -> None:
    """What a step asks before it is done, through the verbs that its own pages call.

    Those pages have browser tests of their own; this one is about the way from one to the next.
    """
    match step.kind:
        case Step.Kind.QUIZ if step.quiz.purpose == Quiz.Purpose.GATE:
            attempt = attempts.start(member, step.quiz, chance=chance)
            for place in attempt.places.select_related("item", "attempt"):
                given = answering.answer(place.item, ABLE, chance)
                attempts.save(place, given, 3 if place.asks_confidence else None, 1)
            done = attempts.submit(attempt, f"walk-{attempt.pk}", {}, confirmed=True)
            assert done.passed, f"{step} is not passed by somebody who knows the answers"
        case Step.Kind.EXERCISE:
            directing.rehearse(member, step, ABLE, chance)
        case Step.Kind.TASK:
            workplace.save(
                member, step.task, Draft("What I did, and what came of it.", None, None), 1
            )
            workplace.hand_in(member, step.task)


def shown(page: Page) -> Step | None:
    """The step that the address names: its own page, or the page of its workplace task."""
    parts = page.url.split("#")[0].rstrip("/").split("/")
    if "modules" in parts or not parts[-1].isdigit():
        return None
    return Step.objects.select_related("version__module").get(pk=int(parts[-1]))


def onward(page: Page) -> None:
    """By the link that leads on, else back to the module."""
    main = page.locator("main")
    following = main.locator("a[rel=next]").or_(main.get_by_role("link", name="Back to the module"))
    with page.expect_navigation():
        following.first.click()


def walk(page: Page, site: Site, member: Member) -> list[str]:
    """From home through every module of the member's tracks; the keys in the order walked."""
    chance = random.Random(7)
    walked: list[str] = []
    go(page, reverse("home"))
    with page.expect_navigation():
        page.get_by_role("link", name="Begin", exact=True).first.click()
    for _ in range(MOST_STEPS):
        with site.still:
            step = shown(page)
            if step is not None:
                do(step, member, chance)
        if step is not None:
            key = step.version.module.key
            if key not in walked:
                walked.append(key)
            onward(page)
            continue
        # The module's page: to begin, to go on in, or complete and leading to the next one.
        if page.get_by_text("Every module on your tracks is complete.").count():
            expect(page.locator("main")).to_contain_text("Complete since")
            return walked
        begin = page.get_by_role("button", name="Begin", exact=True)
        if begin.count():
            with page.expect_navigation():
                begin.click()
        else:
            onward(page)
    raise AssertionError(f"the walk does not end: {walked}")


def test_three_members_walk_their_whole_tracks(site: Site, cast: Cast, visit: SignIn) -> None:
    with site.still:
        call_command("load_library", verbosity=0)
        walkers = {"customer": cast.amina, "governance": cast.daniel, "executive": cast.helen}
        for key, member in walkers.items():
            member.job_role = JobRole.objects.get(organisation=None, key=key)
            member.save()
    refused: list[str] = []

    def answered(response: Response) -> None:
        if response.status >= 400:
            refused.append(f"{response.status} {response.url}")

    for key, member in walkers.items():
        page = visit(member).new_page()
        page.on("response", answered)
        walked = walk(page, site, member)
        with site.still:
            role = JobRole.objects.get(organisation=None, key=key)
            asked = [
                place.module.key
                for stop in role.track_places.order_by("order")
                for place in stop.track.places.order_by("order").select_related("module")
            ]
            complete = Enrolment.objects.filter(member=member, completed_at__isnull=False).count()
        assert sorted(walked) == sorted(asked)
        assert complete == len(asked)
        with page.expect_navigation():
            page.get_by_role("link", name="Back to your part").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your part")
        page.close()
    assert not refused, refused
