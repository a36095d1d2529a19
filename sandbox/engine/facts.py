"""The flat facts that rules are read against, for one proposal at one moment."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.engine.plan import Value
from sandbox.engine.prepared import Prepared, Row, fill, text
from sandbox.engine.provider import Proposal
from sandbox.engine.scenario import Fact
from sandbox.engine.state import Pending, State
from sandbox.engine.vocabulary import Effect
from sandbox.engine.world import World

Facts = dict[str, object]


def facts(state: State, pending: Pending) -> Facts:
    """The base facts and the scenario's own for the pending proposal."""
    scenario = state.prepared.scenario
    proposal = pending.proposal
    tool = scenario.tools.get(proposal.tool)
    args, labels = proposal.args, proposal.labels
    found: Facts = {
        "tool": proposal.tool,
        "effect": tool.effect.value if tool else "",
        "irreversible": bool(tool and tool.effect is Effect.IRREVERSIBLE),
        "external": bool(tool and tool.external),
        "agent": scenario.agents[proposal.agent].role.value,
        "job": proposal.job,
        "case": proposal.case,
        "amount": _amount(state, proposal),
        "confidence": proposal.confidence,
        "tainted": "untrusted" in labels,
        "personal": "personal" in labels,
        "unsourced": sum(1 for name in args if not proposal.sources.get(name))
        if "unsourced" in labels
        else 0,
        "labels": list(labels),
        "repeats": state.applied.get(pending.signature, 0),
        "again": state.again.get((proposal.tool, proposal.case), 0),
        "cost_pct": 100 * state.used.mils // state.mils_limit if state.mils_limit else 100,
        "minutes_left": scenario.limits.minutes - state.at // 60,
        "attention_left": state.human_left // 60,
    }
    if scenario.facts:
        row = {**state.prepared.case(proposal.case), **args}
        for name, fact in scenario.facts.items():
            found[name] = _own(state.prepared, state.world, name, fact, args, row, pending.stated)
    return found


def _amount(state: State, proposal: Proposal) -> int:
    tool = state.prepared.scenario.tools.get(proposal.tool)
    if tool is None:
        return 0
    amounts = [
        value
        for name, value in proposal.args.items()
        if isinstance(value, int)
        and not isinstance(value, bool)
        and name in tool.args
        and tool.args[name].kind == "money"
    ]
    return max(amounts, default=0)


def own_fact(
    prepared: Prepared,
    fact: Fact,
    name: str,
    case: str,
    args: Mapping[str, Value],
    stated: Mapping[str, Value],
) -> Value:
    """A fact of the scenario for these arguments, in the world as it is before a run."""
    row = {**prepared.case(case), **args}
    return _own(prepared, World(), name, fact, args, row, stated)


def _own(
    prepared: Prepared,
    world: World,
    name: str,
    fact: Fact,
    args: Mapping[str, Value],
    row: Row,
    stated: Mapping[str, Value],
) -> Value:
    if fact.stated is not None:
        return stated.get(name, fact.stated)
    if fact.compare and fact.compare not in args:
        return fact.otherwise
    try:
        if fact.count:
            where = {column: fill(value, row) for column, value in fact.where.items()}
            return world.count(prepared, fact.count, where)
        # The row's id may hold full stops of its own (a sum, a version): cut at both ends.
        table, _, rest = text(fact.cell, row).partition(".")
    except KeyError:
        return fact.otherwise  # the template needs an argument that this tool does not have
    key, _, column = rest.rpartition(".")
    cell = world.cell(prepared, table, key, column)
    if fact.compare:
        return cell == args[fact.compare]
    return fact.otherwise if cell is None else cell
