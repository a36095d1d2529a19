"""Forms of the administration: members, teams, invitations, settings, filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator

from people import clock, tree
from people.access import of_organisation
from people.models import Invitation, JobRole, Member, Organisation, Team

MOST_INVITATIONS = 200


class TreeIterator(ModelChoiceIterator):  # type: ignore[type-arg]
    """Teams in the order of the tree, siblings by name; a database cannot sort them so."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for team in tree.in_order(self.queryset):
            yield self.choice(team)


class TeamChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A team, indented by its depth in the tree."""

    iterator = TreeIterator

    def label_from_instance(self, obj: Any) -> str:
        return f"{chr(0x2003) * obj.depth}{obj.name}"


class TeamsChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    iterator = TreeIterator

    def label_from_instance(self, obj: Any) -> str:
        return f"{chr(0x2003) * obj.depth}{obj.name}"


class JobRoleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        layer = obj.get_layer_display()
        return str(obj.name) if obj.name == layer else f"{obj.name} ({layer})"


def teams_of(member: Member) -> QuerySet[Team]:
    return Team.objects.filter(organisation_id=member.organisation_id)


class MemberForm(forms.Form):
    """What an administrator may change about a member."""

    job_role = JobRoleChoice(
        JobRole.objects.none(),
        label="Job role",
        required=False,
        empty_label="Not yet known",
        help_text="Decides the targets and the track.",
    )
    job_title = forms.CharField(label="Job title", max_length=120, required=False)
    team = TeamChoice(Team.objects.none(), label="Team", required=False, empty_label="No team")
    is_trainer = forms.BooleanField(
        label="Trainer",
        required=False,
        help_text="Brings in, previews and publishes modules, and grades workplace tasks.",
    )
    is_administrator = forms.BooleanField(
        label="Administrator",
        required=False,
        help_text="Manages people, teams, access and settings; reads the audit trail.",
    )
    managed_teams = TeamsChoice(
        Team.objects.none(),
        label="Manages these teams and all below them",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, viewer: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = teams_of(viewer)
        for name in ("team", "managed_teams"):
            self.fields[name].queryset = teams  # type: ignore[attr-defined]
        self.fields["job_role"].queryset = JobRole.objects.visible_to(  # type: ignore[attr-defined]
            viewer
        )


class InviteForm(forms.Form):
    people = forms.CharField(
        label="Whom",
        help_text="One person a line: an e-mail address, or a name and the address, as "
        "“Priya Nair <priya@example.org>”.",
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        max_length=40_000,
    )
    team = TeamChoice(Team.objects.none(), label="Team", required=False, empty_label="No team")
    job_role = JobRoleChoice(
        JobRole.objects.none(), label="Job role", required=False, empty_label="Not yet known"
    )
    is_manager = forms.BooleanField(
        label="Manager of that team", required=False, help_text="And of every team below it."
    )
    is_trainer = forms.BooleanField(label="Trainer", required=False)
    is_administrator = forms.BooleanField(label="Administrator", required=False)

    def __init__(self, *args: Any, viewer: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        self.fields["team"].queryset = teams_of(viewer)  # type: ignore[attr-defined]
        self.fields["job_role"].queryset = JobRole.objects.visible_to(  # type: ignore[attr-defined]
            viewer
        )

    def clean_people(self) -> list[tuple[str, str]]:
        """(address, name) of each line; every line that is wrong is named."""
        found: dict[str, str] = {}
        wrong: list[str] = []
        text = self.cleaned_data["people"]
        lines = [(n, line.strip(" \t,;")) for n, line in enumerate(text.splitlines(), 1)]
        lines = [(number, line) for number, line in lines if line]
        if len(lines) > MOST_INVITATIONS:
            raise ValidationError(f"At most {MOST_INVITATIONS} people at once, please.")
        for number, line in lines:
            name, address = _name_and_address(line)
            try:
                validate_email(address)
            except ValidationError:
                wrong.append(f"Line {number} holds no e-mail address: {line[:80]}")
                continue
            if address in found:
                wrong.append(f"Line {number} repeats {address}.")
            found[address] = name
        wrong += self._known(found)
        if wrong:
            raise ValidationError(wrong)
        return list(found.items())

    def _known(self, found: dict[str, str]) -> list[str]:
        members = of_organisation(self.viewer).active().filter(user__email__in=list(found))
        open_ones = Invitation.objects.filter(
            organisation_id=self.viewer.organisation_id,
            email__in=list(found),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=clock.now(),
        )
        return [
            *(
                f"{each} is a member already."
                for each in members.values_list("user__email", flat=True)
            ),
            *(
                f"{each} has an open invitation; send it again from the list of invitations."
                for each in open_ones.values_list("email", flat=True)
            ),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_manager") and not cleaned.get("team"):
            self.add_error("team", "Say which team they will manage.")
        return cleaned


def _name_and_address(line: str) -> tuple[str, str]:
    """Reads `Name <address>`, `address`, or a name, a tab or comma, and an address."""
    if "<" in line:
        name, address = parseaddr(line)
    else:
        *before, address = re.split(r"[\s,;]+", line)
        name = " ".join(before)
    return " ".join(name.split())[:120], address.strip().lower()


class TeamForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    parent = TeamChoice(
        Team.objects.none(),
        label="Under",
        required=False,
        empty_label="Nothing: it stands at the top",
    )
    managers = forms.CharField(
        label="Managers",
        required=False,
        max_length=10_000,
        help_text="One e-mail address a line. They see and assign to this team and every team "
        "below it.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, viewer: Member, team: Team | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer, self.team = viewer, team
        parents = teams_of(viewer)
        if team is not None:
            parents = parents.exclude(path__startswith=team.path)  # never under itself
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]

    def clean_managers(self) -> list[Member]:
        """The active members of these addresses; every address nobody has is named."""
        wanted = [each.strip().lower() for each in self.cleaned_data["managers"].split()]
        # Somebody deactivated who manages this team already may go on standing here.
        allowed = Q(deactivated_at=None)
        if self.team is not None:
            allowed |= Q(managed_teams=self.team)
        named = of_organisation(self.viewer).filter(allowed, user__email__in=wanted)
        found = list(named.select_related("user").distinct())
        unknown = sorted(set(wanted) - {each.user.email for each in found})
        if unknown:
            raise ValidationError(
                [f"Nobody active here has the address {each}." for each in unknown]
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "name" in cleaned and "parent" in cleaned:
            twins = Team.objects.filter(
                organisation_id=self.viewer.organisation_id,
                parent=cleaned["parent"],
                name__iexact=cleaned["name"],
            )
            if self.team is not None:
                twins = twins.exclude(pk=self.team.pk)
            if twins.exists():
                self.add_error("name", "There is a team of that name in the same place.")
        return cleaned


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Organisation
        fields = ["name", "managers_see"]
        labels = {
            "name": "Name of the organisation",
            "managers_see": "What managers see of the people they answer for",
        }
        widgets = {"managers_see": forms.RadioSelect}


class PeopleFilter(forms.Form):
    """The filters of the list of people; anything unknown counts as not asked."""

    STATES = [("", "Active"), ("ended", "Deactivated"), ("all", "Everybody")]

    q = forms.CharField(label="Name, e-mail or job title", required=False, max_length=100)
    team = TeamChoice(
        Team.objects.none(), label="Team and all below", required=False, empty_label="Any team"
    )
    state = forms.ChoiceField(label="State", choices=STATES, required=False)

    def __init__(self, *args: Any, viewer: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams_of(viewer)  # type: ignore[attr-defined]


class AuditFilter(forms.Form):
    action = forms.ChoiceField(label="What", required=False)
    person = forms.CharField(label="Person", required=False, max_length=100)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, actions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "Everything"), *actions]  # type: ignore[attr-defined]


class OrganisationForm(forms.Form):
    name = forms.CharField(label="Name of the organisation", max_length=120)
    administrator_name = forms.CharField(label="Its first administrator", max_length=120)
    administrator_email = forms.EmailField(
        label="Their e-mail", help_text="They get an invitation and invite everybody else."
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Organisation.objects.filter(name__iexact=name).exists():
            raise ValidationError("There is an organisation of that name.")
        return name
