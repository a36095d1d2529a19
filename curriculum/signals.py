"""What curriculum asks of the apps above it."""

from django.dispatch import Signal

# Sent with `module` before it is published or retired. Receivers answer with a mapping of words to
# counts, as {"enrolled": 41}, or None.
impact_asked = Signal()

# Sent with `job_role` in the same transaction after its targets have changed.
targets_changed = Signal()
