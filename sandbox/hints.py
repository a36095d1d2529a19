"""What a guided run points out at a checkpoint: facts that stand out and that no rule looks at."""

from __future__ import annotations

from sandbox.engine.cel_limits import names
from sandbox.engine.facts import facts
from sandbox.engine.guard_facts import fact_types
from sandbox.engine.plan import Rule
from sandbox.engine.rehearsal import Rehearsal
from sandbox.engine.rule_words import looked_at
from sandbox.engine.scenario import Scenario

# Base facts that stand out when they are not what they usually are.
STANDING_OUT = ("tainted", "unsourced", "repeats", "again")


def hints(rehearsal: Rehearsal) -> list[str]:
    """Sentences about the pending proposal; a plan whose rules look at everything needs none.

    They say where nobody looks, never what is wrong: honest work stands out as well.
    """
    state, scenario = rehearsal.state, rehearsal.prepared.scenario
    if state.pending is None:
        return []
    found = facts(state, state.pending)
    odd = [name for name in STANDING_OUT if found[name]]
    odd += [name for name, fact in scenario.facts.items() if fact.compare and found[name] is False]
    asked = {name for rule in rehearsal.plan.rules for name in _facts_of(rule, scenario)}
    return [
        f"No rule of yours looks at {looked_at(each, scenario)}."
        for each in odd
        if each not in asked
    ]


def _facts_of(rule: Rule, scenario: Scenario) -> set[str]:
    if rule.cel:
        return set(names(rule.cel, fact_types(scenario)))
    return {condition.fact for condition in rule.when}
