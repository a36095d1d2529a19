"""The payment run from brief to debrief: by mouse, by keyboard alone, and by thumb on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from sandbox.models import Run
from tests.browser.axe import faults
from tests.browser.conftest import SignIn, Site, go
from tests.browser.test_plan import Hand, Keys, Mouse
from tests.conftest import Cast
from tests.sandbox.standing import library_version

WHERE = re.compile("payment", re.IGNORECASE)
MOST_QUESTIONS = 40


class Thumb(Mouse):
    """Taps instead of clicking; what is meant has to be large enough and in reach."""

    def press(self, what: Locator) -> None:
        what.tap()


class Fingers(Keys):
    """Keyboard alone, in groups of which nothing is chosen yet as well."""

    def tick(self, what: Locator) -> None:
        name = what.get_attribute("name")
        group = self.page.locator(f'[name="{name}"]')
        if what.get_attribute("type") == "checkbox":
            self.reach(what)
            self.page.keyboard.press("Space")
            return
        if group.and_(self.page.locator(":checked")).count() == 0:
            self.reach(group.first)
            self.page.keyboard.press("Space")
        if not what.is_checked():
            super().tick(what)


HANDS: list[tuple[Callable[[Page], Hand], dict[str, Any]]] = [
    (Mouse, {"viewport": {"width": 1280, "height": 800}}),
    (Fingers, {"viewport": {"width": 1280, "height": 800}}),
    (Thumb, {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}),
]


def fits(page: Page) -> None:
    """Nothing makes the page itself scroll sideways, and there is one heading of the first order."""
    page.wait_for_load_state()  # styles and all
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize(("hand", "device"), HANDS, ids=["mouse", "keyboard", "phone"])
def test_from_brief_to_debrief(
    site: Site,
    cast: Cast,
    visit: SignIn,
    hand: Callable[[Page], Hand],
    device: dict[str, Any],
) -> None:
    with site.still:
        library_version("payment-run")
    page = visit(cast.amina, **device).new_page()
    by = hand(page)

    go(page, reverse("rehearsals"))
    fits(page)
    by.link("The payment run")
    by.button("Begin supervised")
    expect(page.get_by_role("heading", name="House rules")).to_be_visible()
    fits(page)

    by.link("Say what you expect")
    by.tick(page.get_by_role("radio").nth(1))
    by.write(page.get_by_label("What makes you think so?"), "Accounts change by letter.")
    by.button("Keep it and plan")
    expect(page.get_by_role("heading", name="What your plan says")).to_be_visible()
    fits(page)
    by.button("Freeze the plan and start")
    with site.still:
        run = Run.objects.get(member=cast.amina)
    expect(page).to_have_url(re.compile(reverse("rehearsal_run", args=[run.pk])))

    decided = 0
    while page.get_by_role("button", name="Approve", exact=True).count():
        assert decided < MOST_QUESTIONS
        fits(page)
        if decided == 0:
            assert faults(page) == []
        by.tick(page.get_by_label("Checked, and right"))
        by.tick(page.get_by_label("Fairly"))
        with page.expect_navigation():
            by.button("Approve")
        decided += 1
    assert decided >= 3

    expect(page.get_by_role("heading", level=1)).to_have_text("Before the seals are opened")
    fits(page)
    for question in page.get_by_role("group").filter(has=page.locator(".ask")).all():
        by.tick(question.locator("input").first)
    by.button("Answer, and open the seals")

    expect(page).to_have_url(re.compile(reverse("rehearsal_debrief", args=[run.pk])))
    expect(page.get_by_role("heading", level=1)).to_contain_text("invoices")
    expect(page.get_by_role("heading", name="The sealed faults, opened")).to_be_visible()
    expect(page.get_by_role("heading", name="Points, with reasons")).to_be_visible()
    fits(page)
    assert faults(page) == []
    with site.still:
        run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert run.counts
    assert run.score is not None
    expect(page.locator("main")).to_contain_text(f"{run.score['total']} of 100")
