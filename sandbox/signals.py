"""What rehearsals announce; upper apps connect in their `apps.py`."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction that grades a run: `run: Run`, with its score and `counts` set.
run_graded = Signal()

# Sent with `scenario` and `organisation` before a scenario is retired, and on its page. Receivers
# answer with a mapping of words to counts, as {"exercises that name it": 3}, or None.
impact_asked = Signal()
