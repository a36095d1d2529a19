"""Assigning, withdrawing and reminding: what a manager does about what the team page shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from curriculum.models import Competency, Module, Track
from learning import assigning
from learning.models import Target
from learning.rehearsing import offered_to
from people import clock
from people.access import Right, requires
from people.http import MemberRequest, safe_next
from people.models import Member

TWO_WEEKS = timedelta(days=14)
FURTHEST = timedelta(days=366)
BIGGEST_ID = 2**62


class AssignForm(forms.Form):
    """What and by when. Modules that teach the competency in question stand first."""

    what = forms.ChoiceField(label="What")
    due_on = forms.DateField(
        label="By", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label="A word to go with it",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="They read it in the mail and beside the assignment.",
    )

    def __init__(self, *args: Any, by: Member, competency: Competency | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by = by
        self.targets: dict[str, Target] = {}
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = self._choices(competency)
        self.fields["due_on"].initial = clock.today() + TWO_WEEKS

    def _choices(self, competency: Competency | None) -> list[tuple[str, list[tuple[str, str]]]]:
        teaching: list[Module] = []
        if competency is not None:
            teaching = list(assigning.modules_teaching(self.by, competency.pk))
        first = {module.pk for module in teaching}
        modules = Module.objects.visible_to(self.by).published().order_by("key")
        others = [module for module in modules if module.pk not in first]
        tracks = list(Track.objects.visible_to(self.by).current().order_by("key"))
        scenarios = list(offered_to(self.by).order_by("title"))
        groups = []
        if competency is not None and teaching:
            groups.append((f"Teaches {competency.name}", self._named("module", teaching)))
        groups.append(("Tracks", self._named("track", tracks)))
        groups.append(("Rehearsals", self._named("scenario", scenarios)))
        groups.append(("Other modules" if teaching else "Modules", self._named("module", others)))
        return [group for group in groups if group[1]]

    def _named(self, kind: str, targets: Sequence[Target]) -> list[tuple[str, str]]:
        named = []
        for target in targets:
            key = f"{kind}:{target.pk}"
            self.targets[key] = target
            named.append((key, target.title))
        return named

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        today = clock.today()
        if due_on < today:
            raise forms.ValidationError("Choose today or a later day.")
        if due_on > today + FURTHEST:
            raise forms.ValidationError("Choose a day within a year.")
        return due_on

    @property
    def target(self) -> Target:
        return self.targets[self.cleaned_data["what"]]


def _ids(values: Sequence[str]) -> list[int]:
    """Ids as the form gave them; Http404 for what cannot be one."""
    ids = []
    for value in values:
        if not value.isascii() or not value.isdigit() or int(value) > BIGGEST_ID:
            raise Http404
        ids.append(int(value))
    return list(dict.fromkeys(ids))


@requires(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: MemberRequest) -> HttpResponse:
    """GET shows the form for the people and competency in the address; POST assigns."""
    given = request.POST if request.method == "POST" else request.GET
    ids = _ids(given.getlist("member"))
    if len(ids) > assigning.AT_ONCE:
        return HttpResponseBadRequest(f"At most {assigning.AT_ONCE} people at once.")
    people = assigning.fetch_people(request.member, ids)
    competency = None
    if chosen := given.get("competency", ""):
        competency = Competency.objects.filter(pk=chosen[:4]).first()
        if competency is None or competency.pk != chosen:
            raise Http404
    data = request.POST if request.method == "POST" else None
    form = AssignForm(data, by=request.member, competency=competency)
    back = safe_next(request, "team")
    if people and form.is_valid():
        done = assigning.assign(
            people,
            form.target,
            due_on=form.cleaned_data["due_on"],
            by=request.member,
            note=form.cleaned_data["note"],
        )
        messages.success(request, _said(done, str(form.target.title), form.cleaned_data["due_on"]))
        return HttpResponseRedirect(back)
    panel = bool(request.htmx) and request.method != "POST"
    return render(
        request,
        "learning/assign_form.html" if panel else "learning/assign.html",
        {"people": people, "competency": competency, "form": form, "back": back},
        status=422 if form.is_bound else 200,
    )


def _said(done: assigning.Assigned, title: str, due_on: date) -> str:
    parts = []
    if done.made:
        who = "1 person" if done.made == 1 else f"{done.made} people"
        parts.append(
            f"“{title}” is assigned to {who}, due {due_on.day} {due_on:%B %Y}. They have mail."
        )
    if done.moved:
        had = "1 person" if done.moved == 1 else f"{done.moved} people"
        parts.append(f"{had} had it already: the date is now {due_on.day} {due_on:%B %Y}.")
    if done.same:
        had = "1 person" if done.same == 1 else f"{done.same} people"
        parts.append(f"{had} had exactly this already; nothing changed.")
    return " ".join(parts)


@requires(Right.MANAGE)
@require_POST
def assignment_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    assignment = assigning.fetch_assignment(request.member, pk)
    if assigning.withdraw(assignment, by=request.member):
        messages.success(
            request, f"“{assignment.target.title}” is withdrawn. {assignment.member} is told."
        )
    else:
        messages.info(request, "It was done or withdrawn already; nothing changed.")
    return HttpResponseRedirect(_to_person(request, assignment.member_id))


@requires(Right.MANAGE)
@require_POST
def assignment_remind(request: MemberRequest, pk: int) -> HttpResponse:
    assignment = assigning.fetch_assignment(request.member, pk)
    if assigning.remind(assignment, by=request.member):
        messages.success(
            request, f"{assignment.member} is reminded of “{assignment.target.title}”."
        )
    else:
        messages.info(
            request, "No reminder: one was written today, or there is nothing left to do."
        )
    return HttpResponseRedirect(_to_person(request, assignment.member_id))


def _to_person(request: MemberRequest, member_id: int) -> str:
    return safe_next(request, f"/team/people/{member_id}/")
