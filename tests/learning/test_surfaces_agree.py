"""Whatever states readiness states the same: team page, export, digest, job role, person."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from learning import reminders, standing
from learning.claims import per_cent
from learning.models import Standing, TeamTotal
from learning.readiness import claims_for, expected_ready, readiness, team_readiness
from people import clock, messages
from people.models import Member, Message
from tests.conftest import Cast
from tests.learning.competence_rows import NOW
from tests.learning.desk import furnish, right

SignIn = Callable[[Member], Client]
Figures = tuple[str, str]  # per cent of the weakest critical target or nothing; "met of asked"
UNSAID = ("not enough evidence", "Not said yet")


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")


def figures(first: str, rest: str) -> Figures:
    first = plain(first).strip()
    return ("" if first in UNSAID else first, rest.strip())


def found(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, plain(text), re.S)
    assert match, (pattern, text[:4000])
    return match


def on_the_team_page(client: Client, member: Member) -> Figures:
    html = client.get(reverse("team"), {"q": member.name}).content.decode()
    match = found(
        r'<td class="two"><(?:b|small class="words")>([^<]*)</(?:b|small)><small>([^<]*)</small>',
        html,
    )
    return figures(match[1], match[2])


def in_the_export(client: Client, member: Member) -> Figures:
    text = b"".join(client.get(reverse("team_export"))).decode("utf-8-sig")
    row = next(row for row in csv.DictReader(io.StringIO(text)) if row["Name"] == member.name)
    return figures(row["Weakest critical target"], row["Other targets met"])


def in_the_digest(manager: Member, member: Member) -> Figures:
    key = f"test:{clock.today()}:{member.pk}"
    messages.write("learning/digest", manager, key=key, context=reminders.digest(manager))
    text = Message.objects.get(key=key).text
    match = found(
        rf"{member.name}: [^\n]*\n *weakest critical target: ([^;]*); other targets met: ([^\n]*)",
        text,
    )
    return figures(match[1], match[2])


def on_the_role_page(client: Client) -> Figures:
    html = client.get(reverse("my_role")).content.decode()
    first = found(r"<dt>Critical targets</dt><dd>([^<]*)<", html)
    rest = found(r"<dt>Other targets</dt><dd>[^<]*<small>([0-9]+ of [0-9]+) met", html)
    return figures(first[1], rest[1])


def on_the_person_page(client: Client, member: Member) -> Figures:
    html = client.get(reverse("person", args=[member.pk])).content.decode()
    first = found(r'data-figure="critical">([^<]*)<', html)
    rest = found(r'data-figure="rest">([^<]*)<', html)
    return figures(first[1], rest[1])


@pytest.mark.parametrize("days", [0, 40, 400])
def test_five_surfaces_state_one_readiness(cast: Cast, as_member: SignIn, days: int) -> None:
    with clock.at(NOW):
        furnish(cast)
        right(cast.rosa, "U1", cast.joanna, days_ago=30, number=21)
        right(cast.rosa, "D1", cast.joanna, days_ago=90, number=8)
    with clock.at(NOW + timedelta(days=days)):
        standing.refresh(list(Member.objects.filter(organisation=cast.organisation)))
        helen = as_member(cast.helen)
        for member in (cast.amina, cast.daniel, cast.rosa):
            truth = readiness(claims_for([member])[member.pk])
            first = "" if truth.percent is None else plain(per_cent(truth.percent))
            expected = (first, f"{truth.rest_met} of {truth.rest}")
            assert on_the_team_page(helen, member) == expected
            assert in_the_export(helen, member) == expected
            assert in_the_digest(cast.helen, member) == expected
            assert on_the_role_page(as_member(member)) == expected
            assert on_the_person_page(helen, member) == expected


def test_the_surfaces_had_something_to_disagree_about(cast: Cast) -> None:
    """Without this, five pages that all say "not enough evidence" would pass the test above."""
    with clock.at(NOW):
        furnish(cast)
        said = {
            member.name: readiness(claims_for([member])[member.pk]).percent
            for member in (cast.amina, cast.daniel, cast.rosa)
        }
    assert said["Amina Osei"] is not None
    assert said["Daniel Wolfe"] is not None
    assert said["Amina Osei"] > said["Daniel Wolfe"]
    assert said["Rosa Lind"] is None


def test_the_head_of_the_page_the_digest_and_the_claims_expect_the_same_number(
    cast: Cast, as_member: SignIn
) -> None:
    with clock.at(NOW):
        furnish(cast)
        people = [cast.amina, cast.daniel, cast.rosa]
        truth = expected_ready(readiness(each) for each in claims_for(people).values())
        html = as_member(cast.helen).get(reverse("team")).content.decode()
        head = found(
            r"<dt>Expected ready today</dt><dd>([0-9.]+) of ([0-9]+)<small>likely ([0-9]+) to ([0-9]+)",
            html,
        )
        messages.write("learning/digest", cast.helen, key="x", context=reminders.digest(cast.helen))
        mail = Message.objects.get(key="x").text
        said = found(r"Expected ready: ([0-9.]+) of ([0-9]+), likely ([0-9]+) to ([0-9]+)", mail)
        expected = (f"{truth.expected:.1f}", str(truth.people), str(truth.low), str(truth.high))
        assert head.groups() == said.groups() == expected
        # Helen stands above the desk, so the desk's own total is the same people.
        kept = team_readiness([cast.care])
        assert kept.expected == pytest.approx(truth.expected)
        assert TeamTotal.objects.get(team=cast.care).lacking == sum(
            row.not_enough for row in Standing.objects.filter(member__in=people)
        )
