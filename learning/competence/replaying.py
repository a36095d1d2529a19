"""Many logs from the start at once: step k of every log is one operation over the logs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from learning.competence.parameters import PARAMETERS, Parameters
from learning.competence.states import Observations, States
from learning.competence.updating import step

# So many rows of 61 nodes stay in a core's cache.
SLICE = 512


def replay(
    seen: Observations, starts: NDArray[np.intp], parameters: Parameters = PARAMETERS
) -> States:
    """The belief at the end of every log. Log i is the rows from `starts[i]` to the next start.

    Each log must be in order and have at least one row.
    """
    lengths = np.diff(np.append(starts, len(seen)))
    longest_first = np.argsort(-lengths, kind="stable")
    firsts, lengths = starts[longest_first], lengths[longest_first]
    states = States.prior(seen.day[firsts], parameters)
    for k in range(int(lengths[0]) if len(lengths) else 0):
        running = int(np.searchsorted(-lengths, -k, side="left"))  # logs longer than k
        for low in range(0, running, SLICE):
            rows = slice(low, min(low + SLICE, running))
            states.put(rows, step(states.take(rows), seen.take(firsts[rows] + k), parameters))
    back = np.empty_like(longest_first)
    back[longest_first] = np.arange(len(longest_first))
    return states.take(back)
