"""The brief, open again in the middle of a run: papers as they read today, tables as they are."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people.access import Right, requires
from people.http import MemberRequest
from sandbox import running, scenarios
from sandbox.access import fetch_run
from sandbox.briefing import known_world, may_go_wrong, papers, tables
from sandbox.engine.plan import Checkpoint
from sandbox.engine.rule_words import words
from sandbox.engine.scenario import Scenario
from sandbox.models import Run
from sandbox.onward import page_of
from sandbox.playing import undisturbed
from sandbox.timeline.wording import clock, tools_money

WEIGHTS = (
    ("Outcome against simpler ways", 50, "What your plan is worth to the company over a hundred "
     "situations that you do not see, beside what reflexes are worth: approving everything, "
     "refusing everything, asking about everything."),
    ("Telling faults from good work", 30, "Faults caught, by their weight, less what honest work "
     "paid for false alarms and needless checks. A reason that names the fault counts in full, "
     "another one by half."),
    ("Economy", 10, "Attention and money left over, once the work gets done."),
    ("Explanation", 10, "Your answers about the trail, before the seals are opened."),
)  # fmt: skip


@never_cache
@requires(Right.LEARN)
@require_safe
def rehearsal_brief(request: MemberRequest, run_id: int) -> HttpResponse:
    """Situation, papers, agents, house rules, plan and how it is scored, on one page."""
    run = fetch_run(request.member, run_id)
    if run.state == Run.State.PLANNING:  # before the run no paper may read as it will in it
        return redirect("rehearsal_before", run.pk)
    found = scenarios.loaded(run.version_id)
    scenario = found.scenario
    # Who reads a trail reads the papers of the run that left it.
    reads = scenario.reading is not None
    rehearsal = undisturbed(found.prepared) if reads else running.rehearsal_of(run)
    plan = rehearsal.plan
    held: dict[str, set[str]] = {}
    for stage in plan.stages:
        agent = scenario.agents[stage.agent]
        held.setdefault(stage.agent, set()).update(
            agent.tools if stage.tools is None else stage.tools
        )
    context = {
        "run": run,
        "section": "rehearsals",
        "scenario": scenario,
        "page": page_of(run),
        "papers": papers(found, rehearsal.sealed),
        "tables": tables(rehearsal.prepared, known_world(rehearsal)),
        "open_paper": request.GET.get("paper", ""),
        "clock": clock(rehearsal.prepared, rehearsal.state.at),
        "began": bool(rehearsal.events),
        "agents": [
            (
                agent,
                [
                    (scenario.tools[name], name in held.get(key, ()))
                    for name in agent.tools
                    if name in scenario.tools
                ],
                key in held,
            )
            for key, agent in scenario.agents.items()
        ],
        "stages": [
            (stage, scenario.jobs[stage.job], scenario.agents[stage.agent]) for stage in plan.stages
        ],
        "rules": [(rule.name, words(rule, scenario)) for rule in plan.rules],
        "checkpoints": [_checkpoint(each, scenario) for each in plan.checkpoints],
        "money": tools_money(rehearsal.prepared, scenario.limits.mils),
        "weights": WEIGHTS,
        "faults": may_go_wrong(scenario) if run.rung == Run.Rung.GUIDED else [],
    }
    return render(request, "sandbox/brief_again.html", context)


def _checkpoint(each: Checkpoint, scenario: Scenario) -> str:
    match each.kind:
        case "tool":
            return f"before “{scenario.tools[each.of].title}”"
        case "stage":
            return f"after “{scenario.jobs[each.of].title}”"
        case "conflict":
            return "when two agents disagree"
    return f"when an agent is less than {each.below} % sure"
