"""Answers are never lost: two windows, lost networks, ended sessions, failing servers, no script."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Error, Page, Route, expect

from assessments.models import Attempt, AttemptItem, Submission
from learning.models import Evidence
from tests.browser.conftest import SignIn, Site, Watch, go, signed_in
from tests.world import Belongings, World, answer_all

LOST = "Failed to load resource"  # what the browser itself says of a network or server that is away


def item(its: Belongings, order: int = 1) -> str:
    return reverse("quiz_item", args=[its.opened.pk, order])


def choose(page: Page, place: int) -> None:
    page.locator("input[name=answer]").nth(place).check()


def chosen(page: Page) -> list[int]:
    page.wait_for_load_state()  # what was waited for may stand above the boxes
    boxes = page.locator("input[name=answer]")
    return [place for place in range(boxes.count()) if boxes.nth(place).is_checked()]


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-status]")).to_contain_text(words)


def kept(site: Site, its: Belongings, order: int = 1) -> AttemptItem:
    with site.still:
        return AttemptItem.objects.get(attempt=its.opened, order=order)


def test_an_older_answer_never_replaces_a_newer_one(
    site: Site, world: World, visit: SignIn, watch: Watch
) -> None:
    its = world.here.of["amina"]
    watch.expected = (LOST,)
    at_desk, on_train = visit(its.member), visit(its.member)
    desk, train = at_desk.new_page(), on_train.new_page()
    go(desk, item(its))
    go(train, item(its))
    on_train.set_offline(True)
    choose(train, 0)
    says(train, "Offline: 1 answer kept here")
    choose(desk, 2)
    says(desk, re.compile(r"Saved \d\d:\d\d"))
    newest = kept(site, its).answer
    on_train.set_offline(False)
    says(train, "A newer one from another window is kept: reload to see it")
    assert kept(site, its).answer == newest
    train.reload()
    assert chosen(train) == [2]
    # And without scripts: two windows of one browser, the first one opened earlier.
    plain = visit(its.member, java_script_enabled=False)
    first, second = plain.new_page(), plain.new_page()
    go(first, item(its))
    go(second, item(its))
    for page, place in ((second, 1), (first, 3)):
        choose(page, place)
        page.get_by_role("button", name="Save and go on").click()
    expect(first.get_by_role("alert")).to_contain_text("A newer answer from another window")
    assert chosen(first) == [1]


def test_answers_outlive_the_network_the_session_and_the_server(
    site: Site, world: World, visit: SignIn, watch: Watch
) -> None:
    its = world.here.of["daniel"]
    watch.expected = (LOST,)
    context = visit(its.member)
    page = context.new_page()

    # The network: a reload in the middle finds nothing, and the answer is there afterwards.
    go(page, item(its))
    context.set_offline(True)
    choose(page, 1)
    says(page, "Offline: 1 answer kept here")
    assert kept(site, its).answer is None
    # Nothing is said of the server here: the browser lifts its make-believe outage from a page
    # that is being torn down, so the answer may get out with the last breath of it.
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()
    context.set_offline(False)
    go(page, item(its))
    says(page, re.compile(r"Saved \d\d:\d\d"))
    assert chosen(page) == [1]
    assert kept(site, its).answer is not None

    # The server: it fails twice, and is asked again without anybody doing anything.
    failures = 2

    def fail(route: Route) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            route.fulfill(status=500, body="")
        else:
            route.fallback()

    context.route("**/save/", fail)
    go(page, item(its, 2))
    choose(page, 2)
    says(page, "Offline: 1 answer kept here")
    says(page, re.compile(r"Saved \d\d:\d\d"))
    assert failures == 0
    assert kept(site, its, 2).answer is not None

    # The session: a dialog asks to sign in, and nothing is lost meanwhile.
    go(page, item(its, 3))
    with site.still:
        Session.objects.all().delete()
    choose(page, 0)
    dialog = page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    says(page, "Signed out: 1 answer kept here")
    assert kept(site, its, 3).answer is None
    context.add_cookies([signed_in(site, its.member)])
    dialog.get_by_role("button", name="I have signed in: send it now").click()
    expect(dialog).to_be_hidden()
    says(page, re.compile(r"Saved \d\d:\d\d"))
    assert kept(site, its, 3).answer is not None

    # Pressed twice, submitted once; and once more from a page that was left open.
    with site.still:
        answer_all(its.opened)
        before = Evidence.objects.filter(member=its.member).count()
    left_open = context.new_page()
    for each in (page, left_open):
        go(each, reverse("quiz_submit", args=[its.opened.pk]))
    page.get_by_role("button", name="Submit").dblclick()
    expect(page.get_by_role("heading", level=1, name="What happened next")).to_be_visible()
    left_open.get_by_role("button", name="Submit").click()
    expect(left_open.get_by_role("status").first).to_contain_text("that result stands")
    with site.still:
        attempt = Attempt.objects.get(pk=its.opened.pk)
        assert attempt.state == Attempt.State.SUBMITTED
        evidence = Evidence.objects.filter(member=its.member).count() - before
        assert evidence == AttemptItem.objects.filter(attempt=attempt).count()
        assert Attempt.objects.filter(member=its.member, quiz=attempt.quiz).count() == 1
    assert (
        page.evaluate("""async () => {
      const open = indexedDB.open("tutti-answers");
      const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
      const all = database.transaction("waiting").objectStore("waiting").getAll();
      return new Promise((done) => (all.onsuccess = () => done(all.result.length)));
    }""")
        == 0
    ), "answers stay on the device after submission"


def test_a_quiz_and_a_task_can_be_done_without_scripts(
    site: Site, world: World, visit: SignIn
) -> None:
    side, its = world.here, world.here.of["amina"]
    page = visit(its.member, java_script_enabled=False).new_page()
    go(page, reverse("step", args=[side.steps["gate"].pk]))
    page.get_by_role("button", name="Go on").click()
    for _ in range(8):
        page.get_by_role("radio", name=re.compile("^Choice a")).check()
        if (sure := page.get_by_label("Sure", exact=True)).count():
            sure.check()
        page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 8 answered")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("main")).to_contain_text("The gate is passed: 8.0 of 8 points")

    go(page, reverse("task_page", args=[side.steps["second"].pk]))
    page.get_by_label("What you did").fill("I kept a list for a week.")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Draft saved.")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("status").first).to_contain_text("Handed in.")
    with site.still:
        work = Submission.objects.get(member=its.member, task__step=side.steps["second"])
    assert work.state == Submission.State.HANDED_IN
    assert work.text == "I kept a list for a week."
