"""The whole story once, by four people and one who is invited: learning, grading, acting, inviting."""

from __future__ import annotations

import re
from datetime import timedelta

from django.core import mail
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from assessments.models import Attempt
from learning.models import Assignment
from people import clock
from people.models import Member
from tests.browser.conftest import SignIn, Site, Watch, go
from tests.world import World

LOST = "Failed to load resource"
MOST_STOPS = 80


def tab_to(page: Page, wanted: Locator) -> None:
    """By the Tab key alone, as somebody without a mouse comes there."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by the Tab key")


def press(page: Page, name: str, *, role: str = "button") -> None:
    tab_to(page, page.locator("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answer(page: Page) -> None:
    """The right one; it stands at another place each time."""
    page.get_by_role("radio", name=re.compile("^Choice a")).check()
    if (sure := page.get_by_label("Fairly", exact=True)).count():
        sure.check()


def said_of(page: Page, competency: str) -> str:
    go(page, reverse("competency", args=[competency]))
    return page.locator("section", has=page.locator("#said")).inner_text()


def test_everybody_plays_their_part(site: Site, world: World, visit: SignIn, watch: Watch) -> None:
    cast = world.here.cast
    learner = visit(cast.amina).new_page()
    before = said_of(learner, "U1")
    learn(learner, world, watch)
    after = said_of(learner, "U1")
    assert before != after, "a passed gate changes nothing that is said of Amina"
    go(learner, reverse("my_role"))
    expect(learner.locator("main")).to_contain_text("Competency U1")

    grade(visit(cast.joanna).new_page())
    go(learner, reverse("task_page", args=[world.built_in_steps["first"].pk]))
    expect(learner.get_by_role("heading", name="Your marks")).to_be_visible()
    assert said_of(learner, "U1") != after, "marks change nothing that is said of Amina"

    manage(visit(cast.helen).new_page(), world, site)
    invite(visit(cast.noor).new_page(), visit().new_page(), site)


def learn(page: Page, world: World, watch: Watch) -> None:
    go(page, reverse("module", args=[world.built_in.pk]))
    press(page, "Begin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pre-Test quiz")

    # Before: by keyboard alone.
    press(page, "Begin")
    for _ in range(2):
        tab_to(page, page.locator("input[name=answer]").first)
        page.keyboard.press("Space")
        press(page, "Save and go on")
    press(page, "Submit")
    expect(page.get_by_role("heading", level=1)).to_have_text("What happened next")

    go(page, reverse("step", args=[world.built_in_steps["reading"].pk]))
    press(page, "Next: Doing F1", role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Doing F1")
    press(page, "Next: Practice quiz", role="link")

    # Practice shows what follows from each answer at once.
    press(page, "Begin")
    for number in range(1, 4):
        answer(page)
        page.get_by_role("button", name="Commit my answer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What happened next")
        expect(page.locator("main")).to_contain_text("Then this happens.")
        go_on = f"Case {number + 1}" if number < 3 else "See all of it"
        page.locator("main .button", has_text=go_on).click()
    expect(page.locator("main")).to_contain_text("3.0 of 3 points in practice")

    # The gate; the network is away for a while in the middle of it.
    go(page, reverse("step", args=[world.built_in_steps["gate"].pk]))
    page.get_by_role("button", name="Begin").click()
    status = page.locator("[data-status]")
    for number in range(1, 9):
        expect(page.locator(".part-head")).to_contain_text(f"Case {number} of 8")
        if number == 4:
            watch.expected = (LOST,)
            page.wait_for_load_state()
            page.context.set_offline(True)
            page.get_by_role("radio", name=re.compile("^Choice b")).check()
            expect(status).to_contain_text("Offline: 1 answer kept here")
            answer(page)
            expect(status).to_contain_text("Offline: 1 answer kept here")
            page.context.set_offline(False)
            expect(status).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
            watch.expected = ()
        else:
            answer(page)
        page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 8 answered")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("main")).to_contain_text("The gate is passed: 8.0 of 8 points")

    go(page, reverse("step", args=[world.built_in_steps["first"].pk]))
    page.get_by_label("What you did").fill("I listed what I use, and asked two colleagues.")
    expect(status).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    page.get_by_label("Measure before").fill("20")
    page.get_by_label("Measure after").fill("60")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("status").first).to_contain_text("Handed in.")


def grade(page: Page) -> None:
    go(page, reverse("grading"))
    waiting = page.get_by_role("listitem").filter(has_text="Amina Osei").filter(has_text="F1")
    waiting.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("I listed what I use")
    for number in range(4):
        page.locator(f"input[name=band-{number}][value='3']").check()
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator(".notices")).to_be_visible()


def manage(page: Page, world: World, site: Site) -> None:
    go(page, reverse("team") + "?by=competency")
    row = page.get_by_role("row").filter(has_text="Amina Osei")
    row.get_by_role("link", name=re.compile("Competency U1: ")).click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", level=2).first).to_have_text("Competency U1")
    expect(panel.get_by_role("heading", level=2).first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_empty()
    expect(row.get_by_role("link", name=re.compile("Competency U1: "))).to_be_focused()
    page.keyboard.press("Enter")
    with site.still:
        gate = Attempt.objects.get(
            member=world.here.cast.amina, quiz__step=world.built_in_steps["gate"]
        )
    panel.locator(f"a[href$='/attempts/{gate.pk}/']").click()
    expect(page.locator("main")).to_contain_text("Answered: Choice a")

    due = clock.today() + timedelta(days=9)
    go(page, reverse("team"))
    page.get_by_label("Select Daniel Wolfe").check()
    expect(page.locator("[data-picked]")).to_have_text("1 selected")
    page.get_by_role("button", name="Assign to the selected").click()
    page.get_by_label("What", exact=True).select_option(label="Module F1")
    page.get_by_label("By", exact=True).fill(due.isoformat())
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".notices")).to_contain_text("Module F1")
    with site.still:
        assignment = Assignment.objects.get(member=world.here.cast.daniel, module=world.built_in)
    assert assignment.due_on == due


def invite(page: Page, stranger: Page, site: Site) -> None:
    sent = len(mail.outbox)
    go(page, reverse("invite"))
    page.get_by_label("Whom").fill("Ivy Long <ivy@example.test>")
    page.get_by_role("combobox", name="Team").select_option(label="Care desk")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator(".notices")).to_contain_text("on the way")
    (letter,) = [each for each in mail.outbox[sent:] if each.to == ["ivy@example.test"]]
    (link,) = re.findall(rf"{site.url}/\S+", str(letter.body))[:1]

    stranger.goto(link)
    expect(stranger.get_by_label("Your name")).to_have_value("Ivy Long")
    stranger.get_by_label("Choose a password").fill("three quiet violins at noon")
    stranger.get_by_role("button", name="Come in").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Your part")
    go(stranger, reverse("account_logout"))
    stranger.get_by_role("button", name="Sign out").click()
    stranger.get_by_label("Work e-mail").fill("ivy@example.test")
    stranger.get_by_label("Password", exact=True).fill("three quiet violins at noon")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Your part")
    with site.still:
        assert Member.objects.get(user__email="ivy@example.test").team is not None

    go(page, reverse("audit_trail"))
    trail = page.get_by_role("table")
    expect(trail).to_contain_text("Ivy Long")
    expect(trail).to_contain_text("Noor Haddad")
