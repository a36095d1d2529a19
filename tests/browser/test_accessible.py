"""Every page, in both themes and at both widths: nothing that axe objects to, nothing cut off."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

import tests.access
from curriculum.models import Module, Step
from people.models import User
from tests.access import table
from tests.browser.axe import faults
from tests.browser.conftest import SignIn, Site, Watch, go
from tests.conftest import Cast
from tests.factories import PASSWORD
from tests.world import World

for found in pkgutil.iter_modules(tests.access.__path__):
    if found.name.endswith("_rows"):
        importlib.import_module(f"tests.access.{found.name}")

# Who looks at a page first, of those who may.
ORDER = ("learner", "manager", "trainer", "administrator", "operator", "ended", "anonymous")
# Pages that look different in other states of their address.
STATES = {
    "team": [{"by": "competency"}, {"reach": "due"}, {"q": "nobody"}, {"view": "teams"}],
    "search": [{"q": "reading"}, {"q": "zzzz"}],
    "my_role": [],
    "people": [{"q": "zzzz"}],
}


def pages(world: World) -> Iterator[tuple[str, str, str]]:
    """Name, identity and address of every page that somebody may open."""
    for name, row in sorted(table.rows().items()):
        seen: set[str] = set()
        for cell in row.cells:
            if cell.method != "GET" or cell.thing in seen or cell.thing == "elsewhere":
                continue
            may = dict(zip(table.IDENTITIES, cell.expected, strict=True))
            identity = next((each for each in ORDER if may[each] == "200"), None)
            if identity is None or cell.thing == "built_in":
                continue
            seen.add(cell.thing)
            its = table.owner(world, cell.thing, identity)
            path = reverse(name, args=row.at(its))
            query = {key: getattr(value, "pk", value) for key, value in row.query(its).items()}
            yield name, identity, f"{path}?{urlencode(query)}" if query else path
            for more in STATES.get(name, ()):
                yield name, identity, f"{path}?{urlencode({**query, **more})}"
            break


def is_page(site: Site, user: User | None, path: str) -> bool:
    """Whether the address answers with a page at all, not with a file or words for a machine."""
    client = Client()
    with site.still:
        if user is not None:
            client.force_login(user)
        response = client.get(path)
        response.close()
    return response.status_code == 200 and "html" in response["Content-Type"]


def judge(page: Page, told: str) -> list[str]:
    return [f"{told}: {each}" for each in faults(page)]


def test_every_page_is_accessible(site: Site, world: World, visit: SignIn) -> None:
    contexts: dict[str, BrowserContext] = {}
    said: list[str] = []
    looked = 0
    for name, identity, path in pages(world):
        user = table.user_of(world, identity)
        if not is_page(site, user, path):
            continue
        if identity not in contexts:
            contexts[identity] = visit(user)
        page = contexts[identity].new_page()
        go(page, path)
        said += judge(page, f"{name} as {identity} ({path})")
        page.close()
        looked += 1
    assert looked > 55, "the list of pages has lost its pages"
    assert not said, f"\n{len(said)} faults\n" + "\n".join(said)


def shapes(html: str) -> set[str]:
    """The elements of a lesson with their classes, and what lies directly within what."""
    found, within = set(), [""]
    for close, tag, rest in re.findall(r"<(/?)([a-z0-9]+)([^>]*)>", html):
        name = re.search(r'class="([^"]*)"', rest)
        this = f"{tag}.{name[1]}" if name else tag
        if close:
            within.pop()
        else:
            found.add(f"{within[-1]} > {this}")
            if tag not in ("img", "br", "hr"):
                within.append(this)
    return found


def telling(lessons: list[Step]) -> list[Step]:
    """Few lessons that between them hold every shape, and each one with a drawing."""
    chosen = [lesson for lesson in lessons if "<img" in lesson.html]
    every = {lesson.pk: shapes(lesson.html) for lesson in lessons}
    left = set().union(*every.values()) - set().union(*(every[each.pk] for each in chosen))
    while left:
        best = max(lessons, key=lambda lesson: len(every[lesson.pk] & left))
        chosen.append(best)
        left -= every[best.pk]
    return chosen


def test_lessons_of_the_library_are_accessible(site: Site, cast: Cast, visit: SignIn) -> None:
    """What authors wrote, laid out by our renderer: tables, drawings, boxes, code."""
    with site.still:
        call_command("load_library", verbosity=0)
        lessons = list(
            Step.objects.filter(
                kind=Step.Kind.LESSON,
                version__in=Module.objects.published().values("published_version"),
            ).order_by("version__module__key", "order")
        )
    context = visit(cast.amina)
    said: list[str] = []
    paths = {reverse("step", args=[each.pk]): each.title for each in telling(lessons)}
    for path, told in (paths | {reverse("map"): "the map", reverse("law"): "the law"}).items():
        page = context.new_page()
        go(page, path)
        said += judge(page, told)
        page.close()
    assert len(lessons) > 150, "the library has lost its lessons"
    assert not said, f"\n{len(said)} faults\n" + "\n".join(said)


def test_signing_in_and_refusals_are_accessible(
    site: Site, cast: Cast, visit: SignIn, watch: Watch
) -> None:
    """Pages that need a password, a second factor or a mistake to be seen."""
    watch.expected = ("Failed to load resource",)  # the refusals
    user = cast.amina.user
    with site.still:
        user.set_password(PASSWORD)
        user.save()
    page = visit().new_page()
    said: list[str] = []

    def look(told: str) -> None:
        nonlocal said
        said += judge(page, f"{told} ({page.url.removeprefix(site.url)})")

    def sign_in(password: str) -> None:
        page.get_by_label("Work e-mail").fill(user.email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()

    go(page, reverse("account_login"))
    sign_in("not this one at all")
    expect(page.get_by_role("alert")).to_be_focused()
    look("a wrong password")
    sign_in(PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your part")
    for name in ("mfa_activate_totp", "account_change_password", "usersessions_list"):
        go(page, reverse(name))
        look(name)
    with site.still:
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
    for name in ("mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes"):
        go(page, reverse(name))
        look(name)
    for path in (reverse("people"), "/nowhere/"):
        page.goto(path)
        look("refused")
    page = visit().new_page()
    go(page, reverse("account_login"))
    sign_in(PASSWORD)
    expect(page).to_have_url(re.compile(reverse("mfa_authenticate")))
    look("the second factor")
    assert not said, f"\n{len(said)} faults\n" + "\n".join(said)


# What has the focus: whether anything shows it, and whether something fixed lies over it.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const shows = (each) => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5)
      || style.boxShadow !== "none";
  };
  const box = at.getBoundingClientRect();
  const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const label = at.closest("label");
  return {
    what: `${at.tagName.toLowerCase()} ${(at.innerText || at.name || at.ariaLabel || "").slice(0, 40)}`,
    skip: at.classList.contains("skip"),
    shown: shows(at) || (label !== null && shows(label)),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    covered: top !== null && !at.contains(top) && !top.contains(at)
      && !(label && (label.contains(top) || top.contains(label))),
  };
}"""
MOST_STOPS = 250


@pytest.mark.parametrize("width", [1280, 360])
def test_focus_is_always_seen_and_never_trapped(
    site: Site, world: World, visit: SignIn, width: int
) -> None:
    its = world.here.of["amina"]
    said: list[str] = []
    for who, path in (
        (its.member, reverse("home")),
        (its.member, reverse("quiz_item", args=[its.opened.pk, 1])),
        (world.here.cast.helen, reverse("team")),
    ):
        page = visit(who, viewport={"width": width, "height": 740}).new_page()
        go(page, path)
        stops = 0
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["skip"], "the first stop is the skip link"
        while stops < MOST_STOPS:
            page.keyboard.press("Tab")
            stops += 1
            focused = page.evaluate(FOCUSED)
            if focused is None or focused["skip"]:
                break
            for fault in ("shown", "seen"):
                if not focused[fault]:
                    said.append(f"{path}: {focused['what']} has focus and is not {fault}")
            if focused["covered"]:
                said.append(f"{path}: {focused['what']} has focus below something else")
        assert 8 < stops < MOST_STOPS, f"{path}: {stops} stops, as if focus were trapped"
    assert not said, "\n" + "\n".join(said)
