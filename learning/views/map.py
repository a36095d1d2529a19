"""The whole map of what is taught, and the dated record of the law that its lessons lead to."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from curriculum.coverage import Coverage, JobRoleCoverage, TargetCoverage, TaughtModule, coverage
from curriculum.models import LawEntry
from curriculum.models.framework import LEVEL_NAMES
from learning.framework import framework
from people import clock
from people.access import Right, requires
from people.http import MemberRequest

NOT_ASKED = mark_safe('<td class="na"><span class="unseen">not asked</span></td>')
CRITICAL = mark_safe(
    ' <span class="crit" aria-hidden="true">●</span><span class="unseen"> critical</span>'
)
NOWHERE = mark_safe('<span class="quietly">not taught yet</span>')


@requires(Right.LEARN)
@require_safe
def curriculum_map(request: MemberRequest) -> HttpResponse:
    """Job roles, decisions, competencies and modules with coverage; `?role=` chooses a job role."""
    member = request.member
    found = coverage(member)
    asked = request.GET.get("role", "")
    chosen = next((each for each in found.job_roles if str(each.job_role.pk) == asked), None)
    if chosen is None:
        mine = (each for each in found.job_roles if each.job_role.pk == member.job_role_id)
        chosen = next(mine, found.job_roles[0] if found.job_roles else None)
    return render(
        request,
        "learning/map.html",
        {
            "found": found,
            "decisions": sum(len(each.points) for each in found.job_roles),
            "competencies": len(framework().competencies),
            "grid": _grid(found),
            "chosen": chosen,
            "points": _points(chosen) if chosen else "",
            "tracks": [(each, _modules(each.modules)) for each in found.tracks],
        },
    )


def _grid(found: Coverage) -> SafeString:
    """A row a competency: what each job role needs of it, and the modules that aim at it."""
    frame = framework()
    names = {domain.id: domain.name for domain in frame.domains}
    before, rows = "", []
    for subject in frame.competencies:
        if subject.domain != before:
            before = subject.domain
            rows.append(
                format_html(
                    '<tr class="domain"><th scope="colgroup" colspan="{}">{}</th></tr>',
                    len(found.job_roles) + 2,
                    names[before],
                )
            )
        teaching = [each for each in found.modules if subject.id in each.aims]
        rows.append(
            format_html(
                '<tr><th scope="row"><a href="{}">{}</a></th>{}<td class="taught">{}</td></tr>',
                reverse("competency", args=[subject.id]),
                subject.name,
                format_html_join(
                    "", "{}", ((_cell(each.targets.get(subject.id)),) for each in found.job_roles)
                ),
                _links((each, each.aims[subject.id]) for each in teaching),
            )
        )
    return format_html_join("\n", "{}", ((row,) for row in rows))


def _cell(target: TargetCoverage | None) -> SafeString:
    if target is None:
        return NOT_ASKED
    short = target.is_claimed and not target.is_reached
    return format_html(
        '<td class="l{}{}"><b>{}</b>{}{}</td>',
        target.level,
        " below" if short else "",
        target.level,
        CRITICAL if target.critical else "",
        _short_of(target) if short else "",
    )


def _short_of(target: TargetCoverage) -> SafeString:
    if target.taught == 0:
        return mark_safe(" <small>not taught</small>")
    return format_html(" <small>taught to {}</small>", target.taught)


def _links(modules: Iterable[tuple[TaughtModule, int]]) -> SafeString:
    """Modules by their short names, each with the level it aims at."""
    links = format_html_join(
        " ",
        '<span class="aim"><a href="{}" title="{}">{}</a> <small class="num">'
        '<span class="unseen">level </span>{}</small></span>',
        (
            (reverse("module", args=[each.pk]), each.title, each.key, level)
            for each, level in modules
        ),
    )
    return links or NOWHERE


def _points(role: JobRoleCoverage) -> SafeString:
    return format_html_join(
        "\n",
        '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>',
        (
            (
                each.point.decision,
                ", ".join(skill.name for skill in each.point.skills.all()),
                format_html_join(
                    mark_safe("<br>"),
                    '<a href="{}">{}</a>',
                    ((reverse("module", args=[one.pk]), one.title) for one in each.modules),
                )
                or NOWHERE,
            )
            for each in role.points
        ),
    )


def _modules(modules: Iterable[TaughtModule]) -> SafeString:
    names = {subject.id: subject.name for subject in framework().competencies}
    return format_html_join(
        "\n",
        '<li><a class="strong" href="{}">{}</a> <span class="end num">{} min</span><p>{}</p></li>',
        (
            (
                reverse("module", args=[each.pk]),
                each.title,
                each.minutes,
                "; ".join(
                    f"{names.get(one, one)} {level} {LEVEL_NAMES[level - 1]}"
                    for one, level in sorted(each.aims.items(), key=lambda aim: -aim[1])
                ),
            )
            for each in modules
        ),
    )


@requires(Right.LEARN)
@require_safe
def law(request: MemberRequest) -> HttpResponse:
    """The record of the law, which lessons lead to by `law:ENTRY`."""
    entries = list(LawEntry.objects.all())
    return render(
        request,
        "learning/law.html",
        {
            "entries": entries,
            "record": entries[0] if entries else None,
            "is_due": bool(entries) and entries[0].review_by < clock.today(),
        },
    )
