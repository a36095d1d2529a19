"""The constants of the estimate (measurement.md 4.2) and where every term, floor and clip goes.

A person's ability in one competency is θ = B + R·G on a logit scale: a durable part B and a
practised part G of which only the share R is still there after a time of silence. Steps of one
piece of evidence on day t, in this order:

1. **Fade** to day t. Δ = max(0, t − day of the last evidence), so time never runs backwards.
   R = (1 + (0.9^(−1/d) − 1)·Δ/S)^(−d). Drift, ω·Δ/365, is added to the *durable* variance; the
   term .13·R(1−R)·G² (people fade at different rates) to the *practised* one, after it was
   scaled by R². The sum V of the three parts is what the prior of step 2 uses, floored at .02;
   the split of step 3 uses the sum without the floor.
2. **Judge.** The prior N(m, V) times likelihood^weight on 61 nodes from −5 to 5, normalised; its
   mean m′ and variance V′, floored at .02. A graded likelihood is clipped to [1e−6, 1]; a
   right/wrong one needs no clip, since slip and the spread of the nodes keep it off 0.
3. **Split** m′ − m and V − V′ between B and G by their gains K_B and K_G.
4. **Learn**, if feedback was given: G grows by γ·clip(1 − G/sat, 0, 1), with the G of step 1,
   before the shift of step 3; its variance by q.
5. **Settle.** S grows by the factor 1 + (g − 1)·score·min((1 − R)/.1, 2), with score the share of
   the points reached, up to 1,500 days. Nothing faded, nothing grows: cramming does not help.

The first evidence meets the prior as of its own day: nothing fades or drifts before it. Its
durable part is 0 for everybody: what is known of somebody's general level is for placement only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Entry to the levels 1 Aware, 2 Practitioner, 3 Lead and 4 Steward.
CUTS = (-1.0, 0.0, 1.0, 2.0)

# Stored with every export, so that a number can be traced to the arithmetic that made it.
VERSION = "1"

NODES = np.linspace(-5.0, 5.0, 61)
VARIANCE_FLOOR = 0.02
BAND_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Parameters:
    """The table of measurement.md 4.2; kept until 200 answers after a gap allow a new fit."""

    durable_variance: float = 0.6
    practised_variance: float = 0.2
    stability: float = 15.0  # days until a tenth of the practised part has faded
    stability_cap: float = 1500.0
    decay: float = 0.5  # with 15 days: half of it gone after 192
    growth: float = 1.4  # of the stability, after spaced success
    gain: float = 0.08  # logits gained by one piece with feedback
    saturation: float = 2.0  # of the practised part, where gains end
    gain_variance: float = 0.005
    rate_spread: float = 0.13  # people fade at different rates
    drift: float = 0.05  # variance a year of silence
    slip: float = 0.02  # a wrong answer by somebody who knows


PARAMETERS = Parameters()
