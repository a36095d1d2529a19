"""Makes a site worth looking at: tables, library, the fictional company with its history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import F

from learning.demo import company, history
from people import clock
from people.models import BackgroundJob, Message, Organisation


def sign_ins() -> str:
    """Who may sign in to the demo, and with what."""
    lines = ["", "  Sign in as"]
    for access, name in company.script()["sign_ins"].items():
        lines.append(f"    {access:<14} {company.address(name)}")
    return "\n".join([*lines, f"  with the password  {company.PASSWORD}", ""])


class Command(BaseCommand):
    help = "Prepares the demo: migrations, library, demo organisation, static files. Repeatable."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        # The library was there before the first of the seven months.
        with clock.at(clock.now() - timedelta(days=240)):
            call_command("load_library", verbosity=0)
        if not Organisation.objects.filter(slug=company.script()["slug"]).exists():
            self.found_and_play()
        call_command("collectstatic", verbosity=0, interactive=False)
        # For run.py, which prints it at every start without starting Django once more.
        (settings.VAR_DIR / "sign-ins.txt").write_text(sign_ins(), encoding="utf-8")

    @transaction.atomic
    def found_and_play(self) -> None:
        """All of it or nothing: a half-played story is no story."""
        history.play(company.found(), say=self.stdout.write)
        # Seven months of mail were read long ago, and no worker need hear of them.
        Message.objects.filter(sent_at=None).update(sent_at=F("created_at"))
        BackgroundJob.objects.filter(state=BackgroundJob.State.QUEUED).update(
            state=BackgroundJob.State.DONE, finished_at=F("created_at")
        )
        connection.run_on_commit.clear()
