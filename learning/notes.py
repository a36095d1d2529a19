"""Notes and highlights: one's own, by lesson; they follow a lesson into its newer versions."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from curriculum.models import Step
from learning.models import Note
from people import clock
from people.models import Member
from people.prepared import prepared

MOST_A_LESSON = 200
LONGEST_QUOTE = 600
LONGEST_NOTE = 4000


class TooManyNotes(Exception):
    """The lesson holds as many notes as it may."""


class NoteForm(forms.Form):
    """A highlight is a quote without text; a note is text, with or without a quote."""

    quote = forms.CharField(
        label="The words it belongs to",
        required=False,
        max_length=LONGEST_QUOTE,
        help_text="Copy them from the lesson, or leave this empty.",
    )
    text = forms.CharField(
        label="Your note",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    block = forms.IntegerField(
        min_value=0, max_value=2000, required=False, widget=forms.HiddenInput
    )

    def clean_quote(self) -> str:
        return " ".join(self.cleaned_data["quote"].split())

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\x00", "").strip()

    def clean_block(self) -> int:
        return self.cleaned_data["block"] or 0

    def clean(self) -> dict[str, object]:
        values: dict[str, object] = super().clean() or {}
        if not self.errors and not values.get("quote") and not values.get("text"):
            raise forms.ValidationError("Write a note, or give the words to highlight.")
        return values


def notes_of(member: Member, step: Step, module_id: int) -> QuerySet[Note]:
    """One's notes on this lesson, in whichever version they were written."""
    return Note.objects.visible_to(member).filter(
        step__kind=step.kind, step__key=step.key, step__version__module_id=module_id
    )


def notes_to_read(member: Member, step: Step, module_id: int) -> list[Note]:
    """The same in the order of the lesson."""
    return _notes_to_read(member.pk, step.kind, step.key, module_id)


@prepared
def _notes_to_read(member_id: int, kind: str, key: str, module_id: int) -> QuerySet[Note]:
    step = Step(kind=kind, key=key)
    return notes_of(Member(pk=member_id), step, module_id).order_by("block", "pk")


def add(member: Member, step: Step, *, block: int, quote: str, text: str) -> Note:
    """Raises TooManyNotes."""
    if notes_of(member, step, step.version.module_id).count() >= MOST_A_LESSON:
        raise TooManyNotes
    now = clock.now()
    return Note.objects.create(
        member=member,
        step=step,
        block=block,
        quote=quote,
        text=text,
        created_at=now,
        changed_at=now,
    )


def change(note: Note, *, text: str, quote: str) -> None:
    note.text, note.quote, note.changed_at = text, quote, clock.now()
    note.save(update_fields=["text", "quote", "changed_at"])
