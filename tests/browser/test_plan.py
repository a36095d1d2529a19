"""The careful plan of the payment run, by mouse and by keyboard alone, on a desk and on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from sandbox import scenarios
from sandbox.engine.guard_facts import fact_types
from sandbox.engine.plan import Condition, Plan
from sandbox.forms import rules
from sandbox.models import Run
from sandbox.scenarios import plan_document
from tests.browser.axe import faults
from tests.browser.conftest import SignIn, Site, Watch, go
from tests.conftest import Cast
from tests.sandbox.played import library
from tests.sandbox.standing import library_version, planned

SCENARIO = library("payment-run").scenario
CAREFUL = SCENARIO.references["careful"]
EFFECTS = {key: title for key, title, _ in rules.EFFECTS}
MOST_STOPS = 220


@pytest.fixture
def run(site: Site, cast: Cast) -> Run:
    with site.still:
        scenarios.forget()
        return planned(cast.amina, library_version("payment-run"))


def plan_in_database(site: Site, run: Run) -> object:
    with site.still:
        run.refresh_from_db()
        return run.plan


class Hand:
    """What a person does on the page; how, is said by those below."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, what: Locator) -> None:
        raise NotImplementedError

    def choose(self, what: Locator, value: str) -> None:
        raise NotImplementedError

    def write(self, what: Locator, text: str) -> None:
        raise NotImplementedError

    def tick(self, what: Locator) -> None:
        raise NotImplementedError

    def back(self) -> None:
        """To what stands before; who has a mouse need not."""

    # ---- The same for all of them ----

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name))

    def saved(self, words: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text="Saved")).to_contain_text(words)


class Mouse(Hand):
    def press(self, what: Locator) -> None:
        what.click()

    def choose(self, what: Locator, value: str) -> None:
        what.select_option(value)

    def write(self, what: Locator, text: str) -> None:
        what.fill(text)

    def tick(self, what: Locator) -> None:
        what.check()


class Keys(Hand):
    """Nothing but the keyboard: Tab to what is meant, Enter, arrows, letters."""

    def reach(self, what: Locator) -> None:
        expect(what).to_be_visible()
        for _ in range(MOST_STOPS):
            if what.evaluate("(each) => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {what}")

    def back(self) -> None:
        self.page.keyboard.press("Shift+Tab")

    def press(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Enter")

    def choose(self, what: Locator, value: str) -> None:
        self.reach(what)
        steps = what.evaluate(
            "(each, value) => [...each.options].findIndex((o) => o.value === value)"
            " - each.selectedIndex",
            value,
        )
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        expect(what).to_have_value(value)

    def write(self, what: Locator, text: str) -> None:
        self.reach(what)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, what: Locator) -> None:
        """A radio group is one stop; the arrows go round in it."""
        name = what.get_attribute("name")
        self.reach(self.page.locator(f'[name="{name}"]:checked'))
        for _ in range(6):
            if what.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never come to {what}")


def build(hand: Hand, plan: Plan) -> None:
    """From the first plan to this one, as a person would."""
    page = hand.page
    hand.button("Remove checkpoint A")
    hand.saved("The checkpoint is taken out")
    present = {each.job for each in SCENARIO.starter.stages}
    for stage in plan.stages:
        if stage.job in present:
            continue
        title = SCENARIO.jobs[stage.job].title
        hand.choose(page.get_by_label(f"Who does “{title}”"), stage.agent)
        hand.button(f"Add {title}")
        hand.saved(f"“{title}” is stage")
    for number, stage in enumerate(plan.stages, 1):
        before = SCENARIO.starter.stages[number - 1] if number <= len(present) else stage
        if before == stage:
            continue
        title = SCENARIO.jobs[stage.job].title
        hand.link(f"{number} {title}")
        expect(page.get_by_role("heading", name=f"Stage {number}: {title}")).to_be_visible()
        hand.choose(page.get_by_label("If a tool fails"), stage.on_fail)
        hand.button("Save the stage")
        hand.saved(f"“{title}” is changed")
    for rule in plan.rules:
        hand.link("Add a rule")
        hand.write(page.get_by_label("Name"), rule.name)
        hand.tick(page.get_by_role("radio", name=EFFECTS[rule.effect]))
        for place, condition in enumerate(rule.when):
            add_condition(hand, place, condition)
        hand.button("Add the rule")
        hand.saved(f"The rule “{rule.name}” is added")
    for each in plan.checkpoints:
        where = f"{each.kind}:{each.of}" if each.of else each.kind
        hand.choose(page.get_by_label("Ask me", exact=True), where)
        hand.button("Add a checkpoint")
        hand.saved("You are asked")


def add_condition(hand: Hand, place: int, condition: Condition) -> None:
    page = hand.page
    hand.choose(
        page.get_by_label("And look at" if place else "Look at", exact=True), condition.fact
    )
    hand.button("Add the condition")
    value = page.locator(f"#value-{place}")
    expect(value).to_be_focused()
    if fact_types(SCENARIO)[condition.fact] is bool:
        hand.choose(value, "yes" if condition.value is (condition.op == "is") else "no")
        return
    if condition.op != "is" or isinstance(condition.value, int):
        hand.back()  # it stands before the value, which has the focus
        hand.choose(page.locator(f"#op-{place}"), condition.op)
    if isinstance(condition.value, int):
        hand.write(value, str(condition.value))
    else:
        hand.choose(value, condition.value)


HANDS: list[tuple[Callable[[Page], Hand], int]] = [(Mouse, 1280), (Keys, 1280), (Keys, 360)]


@pytest.mark.parametrize(("hand", "width"), HANDS, ids=["mouse", "keyboard", "phone"])
def test_the_careful_plan_is_built_and_started(
    site: Site, cast: Cast, run: Run, visit: SignIn, hand: Callable[[Page], Hand], width: int
) -> None:
    page = visit(cast.amina, viewport={"width": width, "height": 800}).new_page()
    go(page, reverse("rehearsal_plan", args=[run.pk]))
    at_work = hand(page)
    build(at_work, CAREFUL)
    assert plan_in_database(site, run) == plan_document(CAREFUL)
    expect(page.get_by_role("heading", name="It cannot be played like this")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    at_work.button("Freeze the plan and start")
    expect(page).to_have_url(re.compile(reverse("rehearsal_run", args=[run.pk]) + "$"))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    with site.still:
        run.refresh_from_db()
        assert run.state in (Run.State.WAITING, Run.State.ANSWERING)


def test_a_stage_is_dragged_and_the_change_taken_back(
    site: Site, cast: Cast, run: Run, visit: SignIn
) -> None:
    page = visit(cast.amina).new_page()
    go(page, reverse("rehearsal_plan", args=[run.pk]))
    first = json.dumps(plan_in_database(site, run))
    page.locator('[data-stage="1"]').drag_to(
        page.locator('[data-stage="0"]'), target_position={"x": 4, "y": 10}
    )
    Mouse(page).saved("“Pay” is stage 1 now")
    expect(page.get_by_role("heading", name="It cannot be played like this")).to_be_visible()
    page.get_by_role("button", name="Take back the last change").click()
    expect(page.locator("#saved")).to_contain_text("Taken back")
    expect(page.get_by_role("heading", name="It cannot be played like this")).to_have_count(0)
    assert json.dumps(plan_in_database(site, run)) == first


def test_two_windows_and_a_lost_network(
    site: Site, cast: Cast, run: Run, visit: SignIn, watch: Watch
) -> None:
    watch.expected = ("Failed to load resource",)
    context = visit(cast.amina)
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        go(page, reverse("rehearsal_plan", args=[run.pk]))
    one.get_by_role("button", name="Remove checkpoint A").click()
    Mouse(one).saved("The checkpoint is taken out")
    two.get_by_role("button", name="Add Recompute").click()
    expect(two.get_by_role("alert")).to_be_focused()
    expect(two.get_by_role("alert")).to_contain_text("changed in another window")
    expect(two.get_by_role("button", name="Remove checkpoint A")).to_have_count(0)
    two.get_by_role("button", name="Add Recompute").click()
    Mouse(two).saved("“Recompute” is stage 3")
    context.set_offline(True)
    two.get_by_label("Minutes of your attention").fill("9")
    two.get_by_role("button", name="Set the budget").click()
    expect(two.locator("#saved")).to_contain_text("Not saved: no connection")
    expect(two.get_by_label("Minutes of your attention")).to_have_value("9")
    context.set_offline(False)
    two.get_by_role("button", name="Set the budget").click()
    Mouse(two).saved("The budget is set")


def test_every_state_of_the_pages_is_accessible(
    site: Site, cast: Cast, run: Run, visit: SignIn, watch: Watch
) -> None:
    watch.expected = ("Failed to load resource",)  # the refusals
    page = visit(cast.amina).new_page()
    plan = reverse("rehearsal_plan", args=[run.pk])
    said: list[str] = []

    def look(told: str) -> None:
        said.extend(f"{told}: {each}" for each in faults(page))

    for path in (
        reverse("rehearsals"),
        reverse("rehearsal_brief", args=["payment-run"]),
        reverse("rehearsal_before", args=[run.pk]),
        plan,
        f"{plan}?stage=2",
        f"{plan}?as=table&stage=1",
    ):
        go(page, path)
        look(path)
    go(page, reverse("rehearsal_predict", args=[run.pk]))
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.get_by_label("What makes you think so?").fill("")
    page.get_by_role("button", name="Keep it and plan").click()
    expect(page.get_by_role("alert")).to_be_focused()
    look("a prediction without words")
    go(page, f"{plan}?rule=new")
    for fact in ("amount", "account_on_file", "tool"):
        page.locator("#rule-more").select_option(fact)
        page.get_by_role("button", name="Add the condition").click()
        expect(page.locator(f'[name="fact"][value="{fact}"]')).to_have_count(1)
    page.get_by_role("radio", name="Change it first").check()
    page.get_by_text("Write it by hand").click()
    look("the form of a rule")
    page.locator("#value-0").fill("plenty")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("write a sum")
    look("a rule that is refused")
    go(page, plan)
    page.locator('[data-stage="1"]').drag_to(
        page.locator('[data-stage="0"]'), target_position={"x": 4, "y": 10}
    )
    expect(page.get_by_role("heading", name="It cannot be played like this")).to_be_visible()
    look("an illegal plan")
    page.get_by_role("button", name="Freeze the plan and start").click()
    expect(page.get_by_role("alert")).to_contain_text("not started")
    look("a start that is refused")
    page.get_by_role("button", name="Take back the last change").click()
    expect(page.locator("#saved")).to_contain_text("Taken back")
    page.get_by_role("button", name="Freeze the plan and start").click()
    expect(page).to_have_url(re.compile(reverse("rehearsal_run", args=[run.pk]) + "$"))
    go(page, plan)
    look("the frozen plan")
    assert not said, f"\n{len(said)} faults\n" + "\n".join(said)
