"""The people of a grid with their cells: the page, the export and the digest read them here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learning.claims import Claim, Readiness, per_cent
from learning.framework import framework as kept_framework
from learning.grid import Cell, Column, claim_cell, columns_of, domain_cell
from learning.models import Standing
from learning.readiness import claims_and_domains, claims_for, readiness
from people.models import Member

BY_DOMAIN, BY_COMPETENCY = "domain", "competency"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person: what they need, the two figures of readiness and the cells."""

    member: Member
    needs: str
    readiness: Readiness
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Framework:
    """The columns there can be."""

    competencies: list[Column]
    domains: list[Column]


def framework() -> Framework:
    """Competencies and domains in their order; one query at most."""
    known = kept_framework()
    return Framework(
        [Column(each.id, each.name, each.short, each.domain) for each in known.competencies],
        [Column(each.id, each.name, each.short, each.domain) for each in known.domains],
    )


def needs_of(standing: Standing) -> str:
    """Why somebody stands where they stand in the order, in the order's own words."""
    parts = []
    if standing.overdue:
        parts.append(f"{standing.overdue} overdue")
    if standing.critical_missed:
        parts.append(f"{standing.critical_missed} critical below target")
    if standing.lapsed:
        parts.append(f"{standing.lapsed} lapsed")
    if standing.not_enough:
        parts.append(f"not enough evidence in {standing.not_enough}")
    return "; ".join(parts) or "nothing to do"


def person_rows(
    standings: Sequence[Standing],
    known: Framework,
    by: str = BY_DOMAIN,
    *,
    all_columns: bool = False,
) -> tuple[list[Column], list[PersonRow]]:
    """Columns and rows for these people; a handful of queries, however many there are.

    Only the columns that somebody shown is asked for, unless `all_columns`.
    """
    members = [standing.member for standing in standings]
    if by == BY_DOMAIN:
        claims, pooled = claims_and_domains(members)
    else:
        claims, pooled = claims_for(members), {}
    if by == BY_COMPETENCY:
        columns = columns_of(known.competencies, claims.values(), all_of_them=all_columns)
    else:
        columns = list(known.domains)
    rows = []
    for standing in standings:
        own = claims.get(standing.member_id, {})
        if by == BY_COMPETENCY:
            cells = [claim_cell(own.get(column.id)) for column in columns]
        else:
            by_domain = _by_domain([*own.values(), *pooled.get(standing.member_id, {}).values()])
            cells = [domain_cell(column.name, by_domain.get(column.id, [])) for column in columns]
        needs = needs_of(standing) if standing.member.job_role_id else _without_job_role(standing)
        rows.append(PersonRow(standing.member, needs, readiness(own), cells))
    return columns, rows


def _by_domain(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.domain, []).append(claim)
    return found


def _without_job_role(standing: Standing) -> str:
    overdue = f"{standing.overdue} overdue; " if standing.overdue else ""
    return f"{overdue}no job role yet, so nothing is asked"


def two_figures(ready: Readiness) -> tuple[str, str]:
    """The two figures of a person as short texts: weakest critical P, and other targets met."""
    if not ready.critical:
        first = "none critical"
    elif ready.lacks_evidence:
        first = "not enough evidence"
    else:
        first = per_cent(ready.percent)
    rest = f"{ready.rest_met} of {ready.rest}" if ready.rest else "none"
    return first, rest
