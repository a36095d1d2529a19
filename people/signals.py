"""What people announces to the apps above."""

from django.dispatch import Signal

# Arguments: organisation, member_ids (a list). Sent inside the transaction after a member joined,
# changed job role, team or access, was deactivated or came back, and when teams moved.
members_changed = Signal()
