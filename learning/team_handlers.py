"""What the manager's pages connect at start: kinds of mail and the calendar's step of the round."""

from __future__ import annotations

from learning import daily, reminders
from people import messages

WHY = {
    "assigned": "your manager gave you something to do by a date",
    "withdrawn": "something you were given to do was taken back",
    "reminder": "your manager reminds you of something you were given to do",
    "due-soon": "something you were given to do is due within three days",
    "overdue": "something you were given to do is past its date; it comes once a week until it is "
    "done or taken back",
    "digest": "you manage a team; it comes on Mondays",
    "week": "something of yours is due or fading; it comes on Mondays and only then",
}


def connect() -> None:
    for name, why in WHY.items():
        messages.register_kind(f"learning/{name}", why)
    daily.register("reminders", reminders.daily)
