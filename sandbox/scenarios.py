"""Scenarios as documents: typed strictly from parsed values, checked, stored and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from sandbox.checks import Problem, problems
from sandbox.checks.base import Path
from sandbox.checks.sizes import size_problems
from sandbox.engine.events import canonical
from sandbox.engine.plan import Plan
from sandbox.engine.prepared import Prepared
from sandbox.engine.scenario import Scenario
from sandbox.models import ScenarioVersion

KEPT = 32  # versions kept in each process; one is some 200 kB

WORDS = {
    "missing": "This is missing.",
    "string_type": "This must be text; put it in quotes.",
    "int_type": "This must be a whole number without quotes.",
    "int_from_float": "This must be a whole number.",
    "float_type": "This must be a number without quotes.",
    "bool_type": "This must be true or false, without quotes.",
    "tuple_type": "This must be a list.",
    "mapping_type": "This must be keys with values.",
    "dict_type": "This must be keys with values.",
    "dataclass_type": "This must be keys with values.",
    "none_required": "This must be null.",
}
UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
VALUE = "This must be text, a whole number, or true or false."


class Unreadable(ValueError):
    """A plan that somebody sent has not its types; `problems` says where."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("; ".join(each.message for each in found))
        self.problems = found


class Rendered(NamedTuple):
    """A paper laid out and sanitised, and what it looks like where a fault is planted."""

    html: str
    planted: Mapping[str, str]


# ---- Reading -------------------------------------------------------------------------------


def read(
    values: Any, papers: Mapping[str, str], *, check: bool = True
) -> tuple[Scenario | None, list[Problem]]:
    """The scenario of these parsed values, or all that is wrong with them.

    `papers` are the texts of the papers by the names of their files without ".md": "inv-104", and
    "inv-104.bank-change" for what it says while that fault is planted.
    """
    values, found = _with_papers(values, papers)
    try:
        too_large = list(size_problems(values))
        found += too_large
        scenario = _adapter().validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        return None, [*found, *_complaints(error, values)]
    except (ValueError, TypeError, RecursionError):
        return None, [*found, Problem((), "This is not a document that can be read.")]
    if check and not too_large:
        found += problems(scenario)
    if found:
        return None, found
    return replace(scenario, digest=digest(scenario)), []


def read_plan(values: Any) -> Plan:
    """A plan as the plan page sends it. Raises `Unreadable`; what is illegal is not looked at."""
    try:
        return _plan_adapter().validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise Unreadable(_complaints(error, values)) from None
    except (ValueError, TypeError, RecursionError):
        raise Unreadable([Problem((), "This is not a plan that can be read.")]) from None


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as plain values, without what stands there anyway; `read_plan` reads it."""
    document: dict[str, Any] = _plan_adapter().dump_python(plan, mode="json", exclude_defaults=True)
    return _with_ones(document, plan)


def _with_ones(document: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Puts back the value 1, which Python takes for the default True and so leaves out."""
    for rule, written in zip(plan.rules, document.get("rules", ()), strict=True):
        for condition, said in zip(rule.when, written.get("when", ()), strict=True):
            if type(condition.value) is int:
                said["value"] = condition.value
    return document


def plan_digest(plan: Plan) -> str:
    """SHA-256 over the canonical form: the same for the same plan, however it was written."""
    return _sha256(canonical(plan_document(plan)))


def _with_papers(values: Any, papers: Mapping[str, str]) -> tuple[Any, list[Problem]]:
    """The values with the papers' texts; a paper without its file, and a file without a paper."""
    if not isinstance(values, dict) or not isinstance(values.get("papers"), dict):
        return values, []
    found = []
    if "digest" in values:
        found.append(Problem(("digest",), "The digest is worked out; take this out."))
    merged: dict[str, Any] = {}
    for name, paper in values["papers"].items():
        if not isinstance(paper, dict):
            merged[name] = paper
            continue
        for key in {"text", "planted"} & paper.keys():
            message = f"The text stands in documents/{name}.md; take this out."
            found.append(Problem(("papers", name, key), message))
        if name not in papers:
            message = f"The file documents/{name}.md of this paper is missing."
            found.append(Problem(("papers", name), message))
        planted = {
            each.partition(".")[2]: text
            for each, text in papers.items()
            if each.partition(".")[0] == name and "." in each
        }
        merged[name] = {**paper, "text": papers.get(name, ""), "planted": planted}
    for each in papers:
        if each.partition(".")[0] not in values["papers"]:
            message = f"No paper names the file documents/{each}.md."
            found.append(Problem(("papers",), message))
    return {**values, "papers": merged, "digest": ""}, found


def _complaints(error: ValidationError, values: Any) -> list[Problem]:
    """Pydantic's complaints in plain words, one for each place."""
    found: dict[Path, str] = {}
    for complaint in error.errors(include_url=False, include_context=True):
        kind = complaint["type"]
        path, inside = _place(complaint["loc"], values)
        if kind == "missing" or kind in UNKNOWN:
            path = (*path, complaint["loc"][-1]) if kind == "missing" else path
            found.setdefault(
                path, "This key is not known here." if kind != "missing" else WORDS[kind]
            )
        elif inside in ("str", "int", "bool"):  # one of the kinds that a value may have
            found[path] = VALUE
        else:
            found.setdefault(path, WORDS.get(kind) or _plain(complaint))
    return [Problem(path, message) for path, message in found.items()]


def _place(loc: tuple[int | str, ...], values: Any) -> tuple[Path, str]:
    """The path as the author wrote it, and the name that pydantic put behind it."""
    here: Any = values
    path: Path = ()
    for part in loc:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return path, str(part)
        path = (*path, part)
    return path, ""


def _plain(complaint: Any) -> str:
    context = complaint.get("ctx", {})
    if complaint["type"] in ("enum", "literal_error"):
        return f"This must be one of {context['expected']}."
    if complaint["type"] in ("too_long", "too_short"):
        return f"There are {context['actual_length']} here; that is not as many as must be."
    return f"{complaint['msg']}."


# ---- Storing -------------------------------------------------------------------------------


def to_document(
    scenario: Scenario, rendered: Mapping[str, Rendered] | None = None
) -> dict[str, Any]:
    """What `ScenarioVersion.document` holds: the scenario, and its papers laid out.

    The scenario is a text, because PostgreSQL puts the keys of a document in an order of its own,
    and the order of cases is the order of work.
    """
    papers = {name: [each.html, dict(each.planted)] for name, each in (rendered or {}).items()}
    return {"scenario": _text(scenario), "papers": papers}


def plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain values, without its digest and what stands there anyway."""
    values: dict[str, Any] = _adapter().dump_python(scenario, mode="json", exclude_defaults=True)
    values.pop("digest", None)
    _with_ones(values["starter"], scenario.starter)
    for name, plan in scenario.references.items():
        _with_ones(values["references"][name], plan)
    if scenario.genius is not None:
        _with_ones(values["genius"], scenario.genius)
    for name, fact in scenario.facts.items():
        if type(fact.otherwise) is int:
            values["facts"][name]["otherwise"] = fact.otherwise
    return values


def from_document(document: Mapping[str, Any]) -> Scenario:
    """The scenario that `to_document` stored; what it was then has been checked then."""
    text: str = document["scenario"]
    return replace(_adapter().validate_json(text), digest=_sha256(text))


def papers_of(document: Mapping[str, Any]) -> dict[str, Rendered]:
    return {name: Rendered(html, planted) for name, (html, planted) in document["papers"].items()}


def digest(scenario: Scenario) -> str:
    """SHA-256 over everything in it, the papers' texts and the order of the cases too."""
    return _sha256(_text(scenario))


class Loaded(NamedTuple):
    """A version ready to be played and shown, shared by everything in this process."""

    scenario: Scenario
    prepared: Prepared
    papers: Mapping[str, Rendered]


def loaded(version: ScenarioVersion | int) -> Loaded:
    """The version's scenario; one query the first time, none later, since versions never change.

    A draft may be replaced but has then another id. Raises `ScenarioVersion.DoesNotExist`.
    """
    return _loaded(version if isinstance(version, int) else version.pk)


@lru_cache(maxsize=KEPT)
def _loaded(version_id: int) -> Loaded:
    document = ScenarioVersion.objects.values_list("document", flat=True).get(pk=version_id)
    scenario = from_document(document)
    return Loaded(scenario, Prepared(scenario), papers_of(document))


def forget() -> None:
    """Empties the process's memory of versions: for tests, whose ids come again."""
    _loaded.cache_clear()


@cache
def _adapter() -> TypeAdapter[Scenario]:
    """Built at first use: it takes a tenth of a second."""
    return TypeAdapter(Scenario)


@cache
def _plan_adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def _text(scenario: Scenario) -> str:
    return json.dumps(plain(scenario), separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
