"""A run in the browser: decided by keyboard, in two windows, on a phone; followed while it plays."""

from __future__ import annotations

import re

from django.urls import reverse
from playwright.sync_api import Page, expect

from sandbox.models import Run
from tests.browser.axe import faults
from tests.browser.conftest import SignIn, Site, Watch, go
from tests.world import World


def fill_in(page: Page, verb: str) -> None:
    page.get_by_label("Checked, and right").check()
    page.get_by_label("Fairly").check()
    with page.expect_navigation():
        page.get_by_role("button", name=verb, exact=True).click()


def test_a_decision_by_keyboard_alone(site: Site, world: World, visit: SignIn) -> None:
    run = world.here.of["amina"].runs.waiting
    page = visit(world.here.cast.amina).new_page()
    go(page, reverse("rehearsal_run", args=[run.pk]))
    first = page.locator("#proposal").inner_text()
    page.get_by_role("link", name="Decide").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#proposal$"))
    page.get_by_label("Checked, and right").focus()
    page.keyboard.press("Space")
    page.get_by_label("Unsure").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Fairly")).to_be_checked()
    page.get_by_role("button", name="Reject", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#proposal")).not_to_have_text(first)
    expect(page.locator(".events")).to_contain_text("You rejected it, fairly sure")


def test_a_mark_of_the_drawing_leads_to_its_words(site: Site, world: World, visit: SignIn) -> None:
    run = world.here.of["amina"].runs.waiting
    page = visit(world.here.cast.amina).new_page()
    go(page, reverse("rehearsal_run", args=[run.pk]))
    mark = page.locator(".score a").first
    target = mark.get_attribute("href")
    assert target
    mark.click()
    expect(page).to_have_url(re.compile(re.escape(target) + "$"))
    expect(page.locator(f"[id='{target[1:]}']")).to_be_in_viewport()


def test_a_second_window_is_told_what_stands(
    site: Site, world: World, visit: SignIn, watch: Watch
) -> None:
    watch.expected = ("Failed to load resource",)  # the refusal
    run = world.here.of["amina"].runs.waiting
    context = visit(world.here.cast.amina, viewport={"width": 360, "height": 740})
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        go(page, reverse("rehearsal_run", args=[run.pk]))
    fill_in(one, "Approve")
    fill_in(other, "Reject")
    expect(other.get_by_role("heading", level=1)).to_have_text("This question is not open any more")
    expect(other.locator("main")).to_contain_text("You approved it, fairly sure")
    assert faults(other) == []
    other.get_by_role("link", name="Go to where the run is now").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("A small payment run")


def test_what_is_missing_is_said_where_the_eye_is(
    site: Site, world: World, visit: SignIn, watch: Watch
) -> None:
    watch.expected = ("Failed to load resource",)
    run = world.here.of["amina"].runs.waiting
    page = visit(world.here.cast.amina).new_page()
    go(page, reverse("rehearsal_run", args=[run.pk]))
    page.get_by_label("Out of date").check()
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.get_by_label("Out of date")).to_be_checked()
    assert faults(page) == []


def test_a_run_that_plays_by_itself_is_followed(site: Site, world: World, visit: SignIn) -> None:
    run = world.here.of["amina"].runs.waiting
    with site.still:
        Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, rung=Run.Rung.LIVE)
    page = visit(world.here.cast.amina).new_page()
    go(page, reverse("rehearsal_run", args=[run.pk]))
    expect(page.get_by_role("heading", name="The agents are at work")).to_be_visible()
    with site.still:
        Run.objects.filter(pk=run.pk).update(state=Run.State.WAITING)
    expect(page.locator("#proposal")).to_be_visible()
