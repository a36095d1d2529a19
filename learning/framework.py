"""The framework as every claim needs it: names and order of the competencies, kept per process."""

from __future__ import annotations

import time
from dataclasses import dataclass

from curriculum.models import Competency

KEPT_SECONDS = 60  # another process may have loaded a new library


@dataclass(frozen=True, slots=True)
class Subject:
    """A competency or a domain, as a claim names it."""

    id: str
    name: str
    short: str
    domain: str


@dataclass(frozen=True, slots=True)
class Framework:
    competencies: tuple[Subject, ...]
    domains: tuple[Subject, ...]
    places: dict[str, int]  # of a competency id among `competencies`
    read_at: float


_kept: Framework | None = None


def framework(*, needs: set[str] | None = None) -> Framework:
    """The competencies in order; a query only if what is kept is old or lacks one of `needs`."""
    global _kept
    kept = _kept
    old = kept is None or time.monotonic() - kept.read_at > KEPT_SECONDS
    if kept is None or old or not (needs or set()) <= kept.places.keys():
        kept = _kept = _read()
    return kept


def forget(**_: object) -> None:
    """Drops what is kept; a receiver for changed competencies and domains."""
    global _kept
    _kept = None


def _read() -> Framework:
    rows = Competency.objects.order_by("domain__order", "order", "pk").values_list(
        "id", "name", "short", "domain_id", "domain__name"
    )
    competencies, domains = [], {}
    for id_, name, short, domain, domain_name in rows:
        competencies.append(Subject(id_, name, short, domain))
        domains[domain] = Subject(domain, domain_name, domain_name, domain)
    places = {each.id: place for place, each in enumerate(competencies)}
    return Framework(tuple(competencies), tuple(domains.values()), places, time.monotonic())
