"""Forms of workplace tasks: the draft, the appeal, the marks, the return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from assessments.marking import Criterion, Given
from assessments.workplace import Draft

LONGEST_TEXT = 20_000
LONGEST_COMMENT = 2_000


class DraftForm(forms.Form):
    """All fields may stay empty while the work is a draft; handing in asks for the text."""

    # The browser must not hold back a draft because it is not ready to be handed in.
    use_required_attribute = False

    text = forms.CharField(
        label="What you did, and what you hand in",
        max_length=LONGEST_TEXT,
        strip=False,
        error_messages={"required": "Write what you did before you hand it in."},
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    measure_before = forms.DecimalField(
        label="Measure before", required=False, max_digits=14, decimal_places=3
    )
    measure_after = forms.DecimalField(
        label="Measure after", required=False, max_digits=14, decimal_places=3
    )

    def __init__(self, *args: Any, unit: str = "", handing_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handing_in = handing_in
        self.fields["text"].required = handing_in or not self.is_bound
        self.fields["text"].help_text = f"Up to {LONGEST_TEXT:,} characters. Saved as you type."
        for name in ("measure_before", "measure_after"):
            self.fields[name].help_text = f"In {unit}." if unit else ""
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if self.handing_in and not text.strip():
            raise forms.ValidationError("Write what you did before you hand it in.")
        return text

    @property
    def draft(self) -> Draft:
        """What could be read; a number that could not is left out, and named in `errors`."""
        data = self.cleaned_data
        return Draft(data.get("text", ""), data.get("measure_before"), data.get("measure_after"))


class AppealForm(forms.Form):
    reason = forms.CharField(
        label="What the second grader should look at",
        help_text="They see your work and this note, and not the first marks.",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReturnForm(forms.Form):
    what_to_change = forms.CharField(
        label="What to change",
        help_text="The member reads this above their text, which stays as it is.",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class MarksForm(forms.Form):
    """A band from 0 to 4 for each criterion, and a comment where one helps."""

    def __init__(self, *args: Any, criteria: list[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for number, criterion in enumerate(criteria):
            bands = [(str(band), text) for band, text in enumerate(criterion["bands"])]
            self.fields[f"band-{number}"] = forms.ChoiceField(
                label=criterion["title"],
                choices=bands,
                widget=forms.RadioSelect,
                error_messages={"required": "Choose the band that fits."},
            )
            self.fields[f"comment-{number}"] = forms.CharField(
                label="Comment",
                required=False,
                max_length=LONGEST_COMMENT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> Iterator[tuple[Criterion, forms.BoundField, forms.BoundField]]:
        for number, criterion in enumerate(self.criteria):
            yield criterion, self[f"band-{number}"], self[f"comment-{number}"]

    @property
    def given(self) -> dict[str, Given]:
        return {
            criterion["id"]: Given(
                int(self.cleaned_data[f"band-{number}"]), self.cleaned_data[f"comment-{number}"]
            )
            for number, criterion in enumerate(self.criteria)
        }


class LateForm(forms.Form):
    """What becomes of answers that came after the deadline."""

    decision = forms.ChoiceField(
        choices=[("count", "Count what came late"), ("leave", "Leave it as it was")],
        error_messages={
            "required": "Choose whether what came late counts.",
            "invalid_choice": "Choose whether what came late counts.",
        },
    )
