"""The models of the sandbox, one topic a file."""

from people.published import PublishedError
from sandbox.models.live import ModelAccount, ModelCall
from sandbox.models.runs import Run, RunEvent, TrailMovedOn
from sandbox.models.scenarios import Scenario, ScenarioVersion

__all__ = [
    "ModelAccount",
    "ModelCall",
    "PublishedError",
    "Run",
    "RunEvent",
    "Scenario",
    "ScenarioVersion",
    "TrailMovedOn",
]
