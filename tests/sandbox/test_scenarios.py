"""A scenario is read strictly, every fault of it is told at once, and it comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox import scenarios
from sandbox.checks import Problem, plan_problems
from sandbox.engine.plan import Condition, Plan, PlanStage, Rule
from sandbox.engine.scenario import Scenario
from sandbox.models import ScenarioVersion
from tests.sandbox.rows import make_version
from tests.sandbox.small import PAPERS, Values, small, values

Change = Callable[[Values], Any]


def wrong(change: Change, papers: dict[str, str] | None = None) -> list[Problem]:
    document = values()
    change(document)
    scenario, found = scenarios.read(document, PAPERS if papers is None else papers)
    assert (scenario is None) == bool(found)
    return found


def put(*path: Any) -> Change:
    """Puts the last of `path` where the rest leads."""
    *way, key, value = path

    def change(document: Values) -> None:
        here: Any = document
        for part in way:
            here = here[part]
        if value is ...:
            del here[key]
        else:
            here[key] = value

    return change


def both(*changes: Change) -> Change:
    def change(document: Values) -> None:
        for each in changes:
            each(document)

    return change


def test_a_sound_scenario_is_read() -> None:
    scenario = small()
    assert isinstance(scenario, Scenario)
    assert scenario.papers["inv-A-1"].planted == {"moved": PAPERS["inv-A-1.moved"]}
    assert scenario.papers["rules"].text == PAPERS["rules"]
    assert len(scenario.digest) == 64


STEP = ("jobs", "pay", "step")
BAD: dict[str, tuple[Change, str, str]] = {
    "an unknown key": (put("colour", "red"), "colour", "not known"),
    "an unknown key deep inside": (put("jobs", "pay", "colour", 1), "jobs.pay.colour", "not known"),
    "a missing key": (put("title", ...), "title", "missing"),
    "a missing key deep inside": (put("tools", "pay.send", "effect", ...), "tools.pay.send.effect", "missing"),
    "a number as text": (put("minutes", "10"), "minutes", "whole number"),
    "a flag as a number": (put("jobs", "pay", "required", 1), "jobs.pay.required", "true or false"),
    "a fraction in a row": (put("world", "tables", "invoices", "rows", "A-1", "amount", 1.5), "world.tables.invoices.rows.A-1.amount", "whole number"),
    "an effect that does not exist": (put("tools", "pay.send", "effect", "final"), "tools.pay.send.effect", "one of"),
    "a layer that does not exist": (put("layer", "sales"), "layer", "one of"),
    "three criteria": (lambda d: d["criteria"].pop(), "criteria.3", "missing"),
    "five criteria": (lambda d: d["criteria"].append(d["criteria"][0]), "criteria", "as many"),
    "a digest of its own": (put("digest", "ab"), "digest", "take this out"),
    "a paper with its text": (put("papers", "rules", "text", "x"), "papers.rules.text", "take this out"),
    "an id with odd characters": (put("id", "Small Run/"), "id", "lower-case"),
    "a job with odd characters": (lambda d: d["jobs"].update({"a b": d["jobs"]["look"]}), "jobs.a b", "not an id"),
    "a case with a space": (lambda d: d["world"]["tables"]["invoices"]["rows"].update({"A 4": {"supplier": "Kestrel Castings", "amount": 1, "iban": "x"}}), "world.tables.invoices.rows.A 4", "not an id"),
    "a column called id": (put("world", "tables", "invoices", "rows", "A-1", "id", "x"), "world.tables.invoices.rows.A-1.id", "by itself"),
    "no cases": (put("world", "tables", "invoices", "rows", {}), "world.tables.invoices", "1 to 100"),
    "a table of cases that is not there": (put("world", "cases", "orders"), "world.cases", "no table"),
    "a personal column that is not there": (put("world", "tables", "suppliers", "personal", ["phone"]), "world.tables.suppliers.personal.0", "no column"),
    "a start that is no time": (put("world", "start", "9 am"), "world.start", "09:00"),
    "a change of no table": (put("world", "changes", [{"minute": 5, "table": "ghosts", "row": "x", "values": {"a": 1}, "says": "…"}]), "world.changes.0.table", "no table"),
    "an unknown tool": (put(*STEP, "tool", "pay.twice"), "jobs.pay.step.tool", "no tool"),
    "an unknown agent": (put("jobs", "pay", "agents", ["ghost"]), "jobs.pay.agents.0", "no agent"),
    "a job no agent may do": (put("jobs", "pay", "agents", ["sorter"]), "jobs.pay.agents", "No agent"),
    "a coordinator in a work job": (put("jobs", "pay", "agents", ["payer", "sorter"]), "jobs.pay.agents.1", "coordinator does not do a work job"),
    "a worker that routes": (put("jobs", "look", "kind", "route"), "jobs.look.agents.0", "verifier does not do a route job"),
    "a watcher that holds a paying tool": (put("agents", "reader", "tools", ["pay.send"]), "agents.reader.tools.0", "only read"),
    "a tool of an agent that is not there": (put("agents", "payer", "tools", ["pay.send", "ghost"]), "agents.payer.tools.1", "no tool"),
    "a tool that no agent of the job holds": (put("agents", "payer", "tools", []), "jobs.pay.step.tool", "No agent of this job holds"),
    "an argument that the tool does not have": (put(*STEP, "args", "note", {"value": "x"}), "jobs.pay.step.args.note", "no argument"),
    "an argument that is not given": (put(*STEP, "args", "iban", ...), "jobs.pay.step.args", "missing"),
    "a template column that no case has": (put(*STEP, "says", "Paying {customer}"), "jobs.pay.step.says", "no column “customer”"),
    "a column that one case lacks": (put("world", "tables", "invoices", "rows", "A-3", "amount", ...), "jobs.pay.step.args.amount.value", "“A-3” has no column"),
    "a brace that is no field": (put(*STEP, "says", "Paying {supplier.name}"), "jobs.pay.step.says", "not a field"),
    "a source that is no paper": (put(*STEP, "args", "iban", "source", "paper:inv-{id}"), "jobs.pay.step.args.iban.source", "no paper “inv-A-2”"),
    "a source that is no table": (put(*STEP, "args", "iban", "source", "banks.{supplier}.iban"), "jobs.pay.step.args.iban.source", "no table “banks”"),
    "a source that is no row": (put(*STEP, "args", "iban", "source", "suppliers.Nobody.iban"), "jobs.pay.step.args.iban.source", "no row"),
    "a source that is no column": (put(*STEP, "args", "iban", "source", "suppliers.{supplier}.bic"), "jobs.pay.step.args.iban.source", "no column"),
    "something read that is not there": (put(*STEP, "reads", ["ghost"]), "jobs.pay.step.reads.0", "cannot be read"),
    "a write into no table": (put("tools", "pay.send", "writes", 0, "table", "ledger"), "tools.pay.send.writes.0.table", "no table"),
    "a write of a column that is not there": (put("tools", "pay.send", "writes", 0, "values", "to", "{payee}"), "tools.pay.send.writes.0.values.to", "no column"),
    "a reading tool that writes": (put("tools", "pay.send", "effect", "read"), "tools.pay.send.writes", "writes nothing"),
    "a loop in after": (put("jobs", "match", "after", ["pay"]), "jobs.match.after", "waits, in a loop"),
    "a job after one that is not there": (put("jobs", "pay", "after", ["ghost"]), "jobs.pay.after.0", "no job"),
    "a stage that no route leads to": (put("jobs", "pay", "routes", ["urgent"]), "jobs.pay.routes.0", "No route job"),
    "a job for a case that is not there": (put("jobs", "pay", "only", ["A-9"]), "jobs.pay.only.0", "no case"),
    "a fault in a job that is not there": (put("faults", "moved", "overlays", {"send": {"says": "x"}}), "faults.moved.overlays.send", "no job"),
    "a fault among no such case": (put("faults", "moved", "among", ["A-9"]), "faults.moved.among.0", "no case"),
    "a fault on more cases than there are": (put("faults", "moved", "count", 2), "faults.moved.count", "between 1 and 1"),
    "a fault with an argument of another tool": (put("faults", "moved", "overlays", "pay", "args", "bic", {"value": "x"}), "faults.moved.overlays.pay.args.bic", "no argument"),
    "a fault that costs nothing": (put("faults", "moved", "severity", 0), "faults.moved.severity", "severity"),
    "a fault sure beyond all": (put("faults", "moved", "p", 1.5), "faults.moved.p", "between"),
    "a decoy that costs": (put("faults", "honest", "severity", 10), "faults.honest.severity", "decoy"),
    "a proposal repeated for ever": (put("faults", "honest", "overlays", "pay", "times", 5000), "faults.honest.overlays.pay.times", "between"),
    "two faults with one control": (put("faults", "honest", "control", "pay to the account on file"), "faults.honest.control", "same control"),
    "a fact of the engine's name": (put("facts", "amount", {"title": "x", "stated": True}), "facts.amount", "every scenario has"),
    "a fact of two shapes": (put("facts", "known_account", "count", "payments"), "facts.known_account", "exactly one"),
    "a fact about no column": (put("facts", "known_account", "cell", "suppliers.{supplier}.bic"), "facts.known_account.cell", "no column"),
    "a fact about no argument": (put("facts", "known_account", "compare", "payee"), "facts.known_account.compare", "no argument"),
    "a step that states what is no fact": (put(*STEP, "facts", {"approved": True}), "jobs.pay.step.facts.approved", "may state"),
    "edges that fall": (put("criteria", 0, "edges", [20, 65, 45, 85]), "criteria.0.edges", "each higher"),
    "two criteria of one part": (put("criteria", 1, "part", "outcome"), "criteria.1.part", "second criterion"),
    "a headline of its own": (put("brief", "outcome", "{paid} paid"), "brief.outcome", "{done}"),
    "a lesson that is no address": (put("debrief", "next_lesson", "F4"), "debrief.next_lesson", "MODULE/lesson-id"),
    "a reference plan with an agent that cannot do the job": (put("references", "careful", "stages", 1, "agent", "matcher"), "references.careful.stages.1.agent", "cannot do"),
    "a reference plan with a tool the agent lacks": (put("references", "careful", "stages", 1, "tools", ["file.read"]), "references.careful.stages.1.tools.0", "does not hold"),
    "a plan out of order": (lambda d: d["starter"]["stages"].reverse(), "starter.stages.0.job", "comes after"),
    "a plan with a job twice": (lambda d: d["starter"]["stages"].append(d["starter"]["stages"][0]), "starter.stages.2.job", "twice"),
    "a plan that watches nothing": (put("starter", "stages", [{"job": "look", "agent": "reader"}]), "starter.stages.0.job", "no work before it"),
    "a checkpoint before no tool": (put("references", "careful", "checkpoints", 0, "of", "ghost"), "references.careful.checkpoints.0.of", "no tool"),
    "a checkpoint after no stage": (put("references", "careful", "checkpoints", [{"kind": "stage", "of": "send"}]), "references.careful.checkpoints.0.of", "no stage"),
    "a rule about no fact": (put("references", "lean", "rules", 0, "when", 0, "fact", "known_acount"), "references.lean.rules.0", "known_account"),
    "a rule by hand that does not compile": (put("references", "lean", "rules", [{"name": "x", "effect": "deny", "cel": "amount >"}]), "references.lean.rules.0", ""),
    "a rule by hand about no fact": (put("references", "lean", "rules", [{"name": "x", "effect": "deny", "cel": "ghost > 3"}]), "references.lean.rules.0", "ghost"),
    "a budget beyond the limit": (put("starter", "budget", {"human_minutes": 999}), "starter.budget.human_minutes", "between"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_it_is_refused_for(what: str) -> None:
    change, place, words = BAD[what]
    found = [(".".join(map(str, each.path)), each.message) for each in wrong(change)]
    assert any(path == place and words in message for path, message in found), found


def test_every_fault_is_told_at_once() -> None:
    found = wrong(
        both(
            put("jobs", "pay", "after", ["ghost"]),
            put(*STEP, "tool", "pay.twice"),
            put("starter", "stages", 0, "agent", "ghost"),
            put("criteria", 0, "edges", [4, 3, 2, 1]),
        )
    )
    assert {each.path[0] for each in found} >= {"jobs", "starter", "criteria"}


@pytest.mark.parametrize("nothing", [None, 5, "text", [], {}, {"papers": []}, {"papers": {"a": 1}}])
def test_what_is_no_scenario_is_refused(nothing: Any) -> None:
    scenario, found = scenarios.read(nothing, {})
    assert scenario is None
    assert found


def test_papers_and_files_go_together() -> None:
    missing = wrong(lambda _: None, {"rules": "x"})
    assert [each.path for each in missing] == [("papers", "inv-A-1")]
    surplus = wrong(lambda _: None, {**PAPERS, "notes": "x"})
    assert "notes.md" in surplus[0].message
    astray = wrong(lambda _: None, {**PAPERS, "rules.ghost": "x"})
    assert "ghost" in astray[0].message


def test_papers_have_limits() -> None:
    one = wrong(lambda _: None, {**PAPERS, "rules": "x" * 200_001})
    assert [each.path for each in one] == [("papers", "rules")]
    many = {f"paper-{number}": "x" * 190_000 for number in range(55)}  # 10 MB

    def add(document: Values) -> None:
        for name in many:
            document["papers"][name] = {"title": name, "source": "us"}

    (message,) = [each.message for each in wrong(add, PAPERS | many)]
    assert "10450 kB together" in message


def test_a_template_that_would_fill_all_memory_is_refused_at_once() -> None:
    wide = put("world", "tables", "invoices", "rows", "A-1", "supplier", "x" * 20_000)
    deep = put(*STEP, "args", "iban", "source", "{supplier}" * 2_000)
    places = {each.path for each in wrong(both(wide, deep))}
    assert places == {
        ("world", "tables", "invoices", "rows", "A-1", "supplier"),
        ("jobs", "pay", "step", "args", "iban", "source"),
    }


def test_a_plan_of_thousands_of_rules_is_not_looked_through() -> None:
    rule = Rule(name="x", effect="deny", cel="amount > 3")
    plan = replace(small().starter, rules=(rule,) * 5_000)
    (found,) = plan_problems(small(), plan)
    assert found.path == ("rules",)


def test_what_is_stored_comes_back_the_same() -> None:
    scenario = small()
    rendered = {"rules": scenarios.Rendered("<p>Rules</p>", {})}
    stored = json.loads(json.dumps(scenarios.to_document(scenario, rendered), sort_keys=True))
    assert scenarios.from_document(stored) == scenario
    assert list(scenarios.from_document(stored).jobs) == ["match", "pay", "look"]
    assert scenarios.papers_of(stored) == rendered


def test_a_digest_is_of_the_content() -> None:
    document = values()
    again, _ = scenarios.read(dict(reversed(document.items())), PAPERS)
    assert again is not None
    assert again.digest == small().digest
    assert small(title="Another").digest != small().digest
    changed, _ = scenarios.read(values(), {**PAPERS, "rules": "Pay."})
    assert changed is not None
    assert changed.digest != small().digest
    rows = document["world"]["tables"]["invoices"]["rows"]
    document["world"]["tables"]["invoices"]["rows"] = dict(reversed(rows.items()))
    turned, _ = scenarios.read(document, PAPERS)
    assert turned is not None
    assert turned.digest != small().digest, "the order of the cases is the order of work"


def test_a_version_is_read_from_the_table_once(db: None, django_assert_num_queries: Any) -> None:
    scenarios.forget()
    version = make_version(state=ScenarioVersion.State.DRAFT)
    version.document = scenarios.to_document(small())
    version.save()
    with django_assert_num_queries(1):
        first = scenarios.loaded(version)
    with django_assert_num_queries(0):
        assert scenarios.loaded(version.pk) is first
    assert first.scenario == small()
    assert first.prepared.step("pay", "A-2").args == {"amount": 124002, "iban": "GB1"}
    scenarios.forget()


def test_plans_are_read_strictly() -> None:
    plan = small().references["careful"]
    document = scenarios.plan_document(plan)
    assert scenarios.read_plan(document) == plan
    assert scenarios.plan_digest(scenarios.read_plan(document)) == scenarios.plan_digest(plan)
    bad: list[Any] = [None, [], {"stages": 1}, {"stages": [{"job": "pay"}]}, {"ghost": 1}]
    for each in bad:
        with pytest.raises(scenarios.Unreadable):
            scenarios.read_plan(each)


def test_an_unwise_plan_is_legal_and_an_empty_one_is_not() -> None:
    only_paying = Plan(stages=(PlanStage(job="pay", agent="payer"),))
    assert plan_problems(small(), only_paying) == []
    assert [each.path for each in plan_problems(small(), Plan())] == [("stages",)]


def test_a_one_in_a_rule_is_no_yes() -> None:
    """Python takes 1 for True, which is the default of a condition's value."""
    rule = Rule(name="One", effect="ask", when=(Condition(fact="again", op="below", value=1),))
    written = scenarios.plan_document(Plan(rules=(rule,)))
    (read,) = scenarios.read_plan(written).rules[0].when
    assert type(read.value) is int
    yes = replace(rule, when=(replace(rule.when[0], value=True),))
    assert scenarios.plan_digest(Plan(rules=(rule,))) != scenarios.plan_digest(Plan(rules=(yes,)))


def test_a_verifier_is_never_the_judge_of_its_own_proposal() -> None:
    scenario = small()
    jobs = dict(scenario.jobs)
    jobs["pay"] = replace(jobs["pay"], agents=("payer", "reader"))
    scenario = replace(scenario, jobs=jobs)
    match = PlanStage(job="match", agent="matcher")
    look = PlanStage(job="look", agent="reader")
    own = Plan(stages=(match, PlanStage(job="pay", agent="reader"), look))
    others = Plan(stages=(match, PlanStage(job="pay", agent="payer"), look))
    assert [each.message for each in plan_problems(scenario, own)] == [
        "Reader cannot judge what it proposed itself."
    ]
    assert plan_problems(scenario, others) == []
