"""The forms of the workshop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from curriculum.models import Competency
from curriculum.models.framework import LEVEL_NAMES
from curriculum.packages.reading import PACKED
from people.models import JobRole, Layer, Member


class PackageForm(forms.Form):
    package = forms.FileField(
        label="Package",
        help_text="A zip of at most 20 MB, in the package format.",
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        error_messages={
            "required": "Choose a zip file first.",
            "empty": "This file is empty.",
        },
    )

    def clean_package(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["package"]
        if file.size is None or file.size > PACKED:
            raise forms.ValidationError("This file is larger than 20 MB.")
        if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            raise forms.ValidationError("This is not a zip file.")
        file.seek(0)
        return file


class NoteForm(forms.Form):
    """The note that goes into the log with a publication or a retirement."""

    note = forms.CharField(
        label="Note for the log",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PublishForm(NoteForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class JobRoleForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, help_text="As people here call it.")
    layer = forms.ChoiceField(
        label="Layer",
        choices=[("", "Choose a layer"), *Layer.choices],
        help_text="Which of the six parts of the organisation it plays in.",
    )
    summary = forms.CharField(
        label="Summary",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences to the person who has it.",
    )


class NewJobRoleForm(JobRoleForm):
    start = forms.ModelChoiceField(
        label="Start from",
        queryset=JobRole.objects.none(),
        required=False,
        empty_label="Nothing: set every target myself",
        help_text="Copies targets, interaction points and tracks; change the targets afterwards.",
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start = self.fields["start"]
        assert isinstance(start, forms.ModelChoiceField)
        start.queryset = JobRole.objects.visible_to(member)


LEVELS = [
    ("0", "Not needed"),
    *((str(number), f"{number} {name}") for number, name in enumerate(LEVEL_NAMES, 1)),
]


class TargetsForm(JobRoleForm):
    """The job role with a level and a tick for each of the competencies, in one form."""

    def __init__(self, *args: Any, competencies: list[Competency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competencies = competencies
        for each in competencies:
            self.fields[f"level-{each.pk}"] = forms.ChoiceField(
                label=f"Level of {each.name}", choices=LEVELS
            )
            self.fields[f"critical-{each.pk}"] = forms.BooleanField(
                label=f"{each.name} is critical", required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for each in self.competencies:
            if cleaned.get(f"critical-{each.pk}") and cleaned.get(f"level-{each.pk}") == "0":
                self.add_error(
                    f"level-{each.pk}", "A critical competency needs a level of 1 or more."
                )
        return cleaned

    def targets(self) -> dict[str, tuple[int, bool]]:
        return {
            each.pk: (
                int(self.cleaned_data[f"level-{each.pk}"]),
                bool(self.cleaned_data[f"critical-{each.pk}"]),
            )
            for each in self.competencies
        }

    def rows(self) -> list[tuple[Competency, forms.BoundField, forms.BoundField]]:
        return [
            (each, self[f"level-{each.pk}"], self[f"critical-{each.pk}"])
            for each in self.competencies
        ]
