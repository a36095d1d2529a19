"""The estimate of one competency from dated, mixed evidence: pure arithmetic, no Django.

Two readings of the same arithmetic: one belief at a time (`as_of`, `update`, `predict`), and many
logs at once (`replay`), which gives the same numbers because both run the same vectorised step.
"""

from learning.competence.parameters import CUTS, PARAMETERS, VERSION, Parameters
from learning.competence.replaying import replay
from learning.competence.states import Observation, Observations, State, States
from learning.competence.updating import as_of, predict, step, update, view
from learning.competence.verdicts import chance_of, level_allowed

__all__ = [
    "CUTS",
    "PARAMETERS",
    "VERSION",
    "Observation",
    "Observations",
    "Parameters",
    "State",
    "States",
    "as_of",
    "chance_of",
    "level_allowed",
    "predict",
    "replay",
    "step",
    "update",
    "view",
]
