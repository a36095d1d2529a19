"""The team page: who needs me, as people or teams against domains or competencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from learning import team_export as team_export_rows
from learning.grid import Column, body_html, cell_html, person_head, row_html
from learning.team_rows import (
    BY_COMPETENCY,
    BY_DOMAIN,
    PersonRow,
    framework,
    person_rows,
    two_figures,
)
from learning.team_scope import RULES, Reach, Scope, Totals, scope_for, standings, totals
from learning.team_teams import teams_table
from people import audit, clock
from people.access import Right, requires
from people.exports import csv_response
from people.http import MemberRequest

PEOPLE_A_PAGE = 25
BIGGEST_ID = 2**62


class GridForm(forms.Form):
    """What the address asks for; whatever it says wrongly falls back to the default."""

    reach = forms.ChoiceField(choices=[(each.value, each.label) for each in Reach], required=False)
    view = forms.ChoiceField(choices=[("people", "People"), ("teams", "Teams")], required=False)
    by = forms.ChoiceField(
        choices=[(BY_DOMAIN, "Domains"), (BY_COMPETENCY, "Competencies")], required=False
    )
    team = forms.IntegerField(min_value=1, max_value=BIGGEST_ID, required=False)
    q = forms.CharField(max_length=80, required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The address, understood. `link` makes another one from it."""

    reach: Reach
    view: str
    by: str
    team: int | None
    q: str
    page: int

    @classmethod
    def of(cls, request: MemberRequest) -> Asked:
        form = GridForm(request.GET)
        form.is_valid()
        clean: dict[str, Any] = form.cleaned_data
        return cls(
            reach=Reach(clean.get("reach") or Reach.ALL),
            view=clean.get("view") or "people",
            by=clean.get("by") or BY_DOMAIN,
            team=clean.get("team"),
            q=clean.get("q") or "",
            page=clean.get("page") or 1,
        )

    def query(self, **other: object) -> str:
        """The address's query with some values changed; going elsewhere begins at page 1."""
        values: dict[str, object] = {
            "reach": self.reach.value if self.reach is not Reach.ALL else "",
            "view": self.view if self.view != "people" else "",
            "by": self.by if self.by != BY_DOMAIN else "",
            "team": self.team or "",
            "q": self.q,
            "page": "",
        }
        values.update(other)
        return urlencode({key: value for key, value in values.items() if value not in ("", None)})

    def link(self, **other: object) -> str:
        query = self.query(**other)
        return f"{reverse('team')}?{query}" if query else reverse("team")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few places to go, as in a row of segments."""

    label: str
    url: str
    current: bool
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Which rows are shown and where the pages before and after are; `total` None if unknown."""

    start: int
    end: int
    total: int | None
    earlier: str
    later: str


@requires(Right.MANAGE)
@require_safe
def team(request: MemberRequest) -> HttpResponse:
    asked = Asked.of(request)
    scope = scope_for(request.member, asked.team)
    counted = totals(scope)
    figures_of = counted[asked.reach]
    context: dict[str, Any] = {
        "asked": asked,
        "scope": scope,
        "title": scope.title,
        "now": clock.now(),
        "teams": _teams(asked, scope),
        "reaches": [
            Choice(
                each.label,
                asked.link(reach="" if each is Reach.ALL else each.value, view=""),
                asked.view == "people" and each is asked.reach,
                counted[each].people,
            )
            for each in Reach
        ],
        "views": _views(asked, scope),
        "figures": figures_of,
        "ready": figures_of.ready,
        "export_query": asked.query(page=""),
    }
    if asked.view == "teams":
        context |= teams_table(scope, asked.by, asked.page, asked.link)
        return render(request, "learning/team_teams.html", context)
    context |= _people(asked, scope, counted[asked.reach])
    return render(request, "learning/team.html", context)


@requires(Right.MANAGE)
@require_safe
def team_export(request: MemberRequest) -> HttpResponse:
    """The same rows as the page asks for, as CSV; that it was taken is audited first."""
    asked = Asked.of(request)
    scope = scope_for(request.member, asked.team)
    audit.record(
        "team.exported",
        organisation=request.member.organisation,
        actor=request.member,
        about=scope.chosen,
        view=asked.view,
        reach=asked.reach.value,
        by=asked.by,
        q=asked.q,
    )
    name = f"{scope.title} {clock.today().isoformat()}"
    if asked.view == "teams":
        header, rows = team_export_rows.teams(scope, asked.by)
    else:
        header, rows = team_export_rows.people(scope, asked.reach, asked.q, asked.by)
    return csv_response(name, header, rows)  # type: ignore[return-value]  # streamed


def _people(asked: Asked, scope: Scope, sums: Totals) -> dict[str, Any]:
    first = (asked.page - 1) * PEOPLE_A_PAGE
    found = standings(scope, asked.reach, asked.q, people=sums.people)
    shown = list(found[first : first + PEOPLE_A_PAGE + 1])
    more = len(shown) > PEOPLE_A_PAGE
    shown = shown[:PEOPLE_A_PAGE]
    known = framework()
    columns, rows = person_rows(shown, known, asked.by)
    return {
        "columns": columns,
        "groups": _groups(columns, known.domains),
        "body": people_html(columns, rows),
        "rows": rows,
        "rule": RULES[asked.reach],
        "places": Places(
            start=first + 1,
            end=first + len(shown),
            total=None if asked.q else sums.people,
            earlier=asked.link(page=asked.page - 1) if asked.page > 1 else "",
            later=asked.link(page=asked.page + 1) if more else "",
        ),
    }


def people_html(columns: Sequence[Column], rows: Sequence[PersonRow]) -> str:
    """The body of the grid of people; marks only, no query."""
    assign, lines = reverse("assign"), []
    for row in rows:
        member = row.member
        url = reverse("person", args=[member.pk])
        cells = []
        for column, cell in zip(columns, row.cells, strict=True):
            target = (
                f"{url}{column.id}/" if cell.competency_id == column.id else f"{url}#{column.id}"
            )
            chosen = f"&competency={cell.competency_id}" if cell.competency_id else ""
            give = f"{assign}?member={member.pk}{chosen}" if cell.act else ""
            cells.append(cell_html(cell, url=target, assign_url=give, who=member.name))
        head = person_head(
            pk=member.pk,
            name=member.name,
            title=member.job_title or (member.job_role.name if member.job_role else ""),
            needs=row.needs,
            url=url,
            two=two_figures(row.readiness),
        )
        lines.append(row_html(head, cells))
    return body_html(lines)


def _groups(columns: Sequence[Column], domains: Sequence[Column]) -> list[tuple[str, int]]:
    """Names of domains with how many neighbouring columns each spans."""
    names = {domain.id: domain.name for domain in domains}
    return [
        (names[domain], sum(1 for _ in columns_of_it))
        for domain, columns_of_it in groupby(columns, key=lambda column: column.domain)
    ]


def _teams(asked: Asked, scope: Scope) -> list[Choice]:
    """The teams one manages, to switch between; nothing if there is only one to look at."""
    if len(scope.managed) < 2 and scope.chosen is None:
        return []
    known = {team.pk for team in scope.managed}
    choices = []
    if len(scope.managed) > 1:
        everything = asked.link(team="")
        choices.append(Choice("All my teams", everything, scope.chosen is None))
    for each in scope.managed:
        current = scope.chosen is not None and scope.chosen.pk == each.pk
        choices.append(Choice(each.name, asked.link(team=each.pk), current))
    if scope.chosen is not None and scope.chosen.pk not in known:
        choices.append(Choice(scope.chosen.name, asked.link(team=scope.chosen.pk), True))
    return choices


def _views(asked: Asked, scope: Scope) -> list[list[Choice]]:
    people = asked.view == "people"
    shown = [Choice("People", asked.link(view=""), people)]
    if scope.children:
        shown.append(Choice("Teams", asked.link(view="teams", reach="", q=""), not people))
    against = [
        Choice("Domains", asked.link(by=""), asked.by == BY_DOMAIN),
        Choice("Competencies", asked.link(by=BY_COMPETENCY), asked.by == BY_COMPETENCY),
    ]
    return [shown, against] if len(shown) > 1 else [against]
