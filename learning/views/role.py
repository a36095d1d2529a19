"""My job role and its competencies: interaction points, targets, and what every claim rests on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from assessments.rehearsals import SOURCE as REHEARSAL
from curriculum.models import Aim, Behaviour, Competency, InteractionPoint, Module, Target
from curriculum.models.framework import LEVEL_NAMES
from learning import drawings, readiness
from learning.claims import ENOUGH, Claim, per_cent, weight_words
from learning.models import Evidence
from learning.views.home import administrators_of, in_order, state_of
from people.access import Right, requires
from people.http import MemberRequest
from people.models import JobRole, Member
from people.templatetags.tutti import day

EVIDENCE_SHOWN = 100


@requires(Right.LEARN)
@require_safe
def my_role(request: MemberRequest) -> HttpResponse:
    """One's own job role; `?layer=` shows another layer's built-in one, without any standing."""
    member = request.member
    others = list(JobRole.objects.filter(organisation=None).order_by("pk"))
    other = next((each for each in others if each.layer == request.GET.get("layer")), None)
    job_role = other or member.job_role
    if job_role is None:
        return render(
            request,
            "learning/role_absent.html",
            {"administrators": administrators_of(member), "others": others},
        )
    points = InteractionPoint.objects.filter(job_role=job_role).prefetch_related("skills")
    context = {
        "job_role": job_role,
        "is_mine": job_role.pk == member.job_role_id,
        "points": _points(points),
        "count": len(points),
        "others": [each for each in others if each.pk != job_role.pk],
    }
    if job_role.pk != member.job_role_id:
        return render(request, "learning/role_other.html", context | {"asked": _asked(job_role)})
    every, pooled = readiness.claims_and_domains([member])
    claims, domains = every.get(member.pk, {}), pooled.get(member.pk, {})
    figures = readiness.readiness(claims)
    return render(
        request,
        "learning/role.html",
        context
        | {
            "rows": _target_rows(in_order(claims.values())),
            "targets": len(claims),
            "domains": _domain_rows(domains.values()),
            "readiness": figures,
            "ready": per_cent(figures.percent),
            "rest": per_cent(figures.rest_percent),
        },
    )


def _points(points: Iterable[InteractionPoint]) -> list[dict[str, object]]:
    return [
        {
            "number": number,
            "point": point,
            "skills": format_html_join(
                " · ",
                '<a href="{}">{}</a>',
                ((reverse("competency", args=[each.pk]), each.name) for each in point.skills.all()),
            ),
        }
        for number, point in enumerate(points, 1)
    ]


def _asked(job_role: JobRole) -> list[tuple[Competency, str, bool]]:
    targets = Target.objects.filter(job_role=job_role).select_related("competency")
    return [
        (target.competency, f"{target.level} {LEVEL_NAMES[target.level - 1]}", target.critical)
        for target in targets.order_by("-critical", "competency__order")
    ]


def why_of(claim: Claim) -> SafeString:
    """What the claim rests on, folded away beside it."""
    return format_html(
        '<details class="why"><summary>Why?</summary><p>{}</p><p>{}</p></details>',
        claim.sentence(),
        claim.why(),
    )


def _evidence_words(claim: Claim) -> str:
    if not claim.pieces:
        return "none"
    return f"{claim.counted} of {ENOUGH}" if claim.counted < ENOUGH else str(claim.pieces)


def _target_rows(claims: list[Claim]) -> SafeString:
    wanted = Q()
    for claim in claims:
        wanted |= Q(competency_id=claim.competency_id, level=claim.target)
    texts = (
        dict(Behaviour.objects.filter(wanted).values_list("competency_id", "text"))
        if claims
        else {}
    )
    return format_html_join(
        "\n",
        '<tr><th scope="row"><a href="{}">{}</a></th><td>{}</td><td>{}</td><td>{}{}</td>'
        '<td class="n"><a href="{}#evidence">{}</a></td></tr>',
        (
            (
                (url := reverse("competency", args=[claim.competency_id])),
                claim.name,
                f"{claim.target} {LEVEL_NAMES[(claim.target or 1) - 1]}"
                + (", critical" if claim.critical else ""),
                texts.get(claim.competency_id, ""),
                state_of(claim),
                why_of(claim),
                url,
                _evidence_words(claim),
            )
            for claim in claims
        ),
    )


def _domain_rows(claims: Iterable[Claim]) -> SafeString:
    return format_html_join(
        "\n",
        '<tr><th scope="row">{}</th><td>1 {}</td><td>{}{}</td><td class="n">{}</td></tr>',
        (
            (claim.name, LEVEL_NAMES[0], state_of(claim), why_of(claim), _evidence_words(claim))
            for claim in claims
        ),
    )


@requires(Right.LEARN)
@require_safe
def competency(request: MemberRequest, pk: str) -> HttpResponse:
    """What it is, what may be said of oneself and why, the evidence, where it is taught."""
    member = request.member
    found = get_object_or_404(Competency.objects.select_related("domain"), pk=pk)
    claims = readiness.claims_for([member], everything=True).get(member.pk, {})
    claim = claims.get(found.pk)
    rows = Evidence.objects.filter(member=member, competency=found)
    evidence = list(rows.order_by("-at", "-number")[: EVIDENCE_SHOWN + 1])
    said = claim is not None and claim.state.is_said
    line = readiness.history(member, found.pk) if said else []
    return render(
        request,
        "learning/competency.html",
        {
            "competency": found,
            "levels": [
                (each.level, LEVEL_NAMES[each.level - 1], each.text)
                for each in found.behaviours.order_by("level")
            ],
            "crosswalk": found.crosswalk.all(),
            "claim": claim,
            "state": state_of(claim) if claim else None,
            "plot": drawings.standing(claim) if claim else None,
            "target_name": LEVEL_NAMES[claim.target - 1] if claim and claim.target else "",
            "line": drawings.history(line),
            "evidence": evidence_rows(evidence[:EVIDENCE_SHOWN]),
            "has_more": len(evidence) > EVIDENCE_SHOWN,
            "modules": _teaching(member, found),
        },
    )


def _teaching(member: Member, found: Competency) -> list[tuple[int, str, str]]:
    rows = (
        Aim.objects.filter(
            competency=found,
            version__module__in=Module.objects.visible_to(member).published(),
            version__module__published_version_id=F("version_id"),
        )
        .order_by("level", "version__module__key")
        .values_list("version__module_id", "version__title", "level")
    )
    return [(pk, title, f"level {level} {LEVEL_NAMES[level - 1]}") for pk, title, level in rows]


def outcome_words(row: Evidence) -> str:
    if row.steps == 1:
        return "right" if row.outcome else "not right"
    return f"{row.outcome} of {row.steps}"


def _source(row: Evidence) -> str:
    """What it came from; a rehearsal leads to its debrief."""
    if row.source_kind != REHEARSAL:
        return row.source_title
    debrief = reverse("rehearsal_debrief", args=[row.source_id])
    return format_html('<a href="{}">{}</a>', debrief, row.source_title)


def evidence_rows(evidence: Iterable[Evidence]) -> SafeString:
    return format_html_join(
        "\n",
        '<tr><th scope="row">{}</th><td><time datetime="{}">{}</time></td><td>{}</td>'
        '<td class="n">{}</td><td>{}</td><td>{}</td></tr>',
        (
            (
                _source(row),
                row.at.date().isoformat(),
                day(row.at),
                row.get_kind_display(),
                row.level,
                outcome_words(row),
                weight_words(row.weight) + ("; corrects an earlier row" if row.corrects_id else ""),
            )
            for row in evidence
        ),
    )
