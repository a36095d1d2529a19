"""What the site knows about a person: sections of "my record", and what each column holds.

Every app registers its sections and classifies every column of its models from `apps.py`; a test
fails for a column that nobody classified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.apps import apps
from django.db import models

from people.models import Member

Plain = str | int | float | bool | None
Row = dict[str, Plain]


class Address(str):
    """A path on this site: a value that the page shows as a link."""


RowsOf = Callable[[Member], list[Row]]

OUR_APPS = ("people", "curriculum", "sandbox", "assessments", "learning")


class Holds(StrEnum):
    """What a column says about a living person."""

    PERSONAL = "personal"  # names or describes a person, or was written by or about them
    PSEUDONYMOUS = "pseudonymous"  # points at a person by number
    NONE = "none"


@dataclass(frozen=True)
class Section:
    """One heading of "my record" with its rows, each a mapping from column title to plain value."""

    title: str
    rows: list[Row]


_sections: dict[str, RowsOf] = {}
_columns: dict[str, Holds] = {}


def register_section(title: str, rows_of: RowsOf) -> None:
    """`rows_of(member)` returns all the app keeps about the member under this heading."""
    assert _sections.get(title, rows_of) is rows_of, f"two sections called {title}"
    _sections[title] = rows_of


def sections(member: Member) -> list[Section]:
    """Everything kept about the member, in the order of registration."""
    return [Section(title, rows_of(member)) for title, rows_of in _sections.items()]


def classify(
    model: type[models.Model],
    *,
    personal: Iterable[str] = (),
    pseudonymous: Iterable[str] = (),
    none: Iterable[str] = (),
) -> None:
    """Says what each column of the model holds, by field name."""
    for holds, names in (
        (Holds.PERSONAL, personal),
        (Holds.PSEUDONYMOUS, pseudonymous),
        (Holds.NONE, none),
    ):
        for name in names:
            model._meta.get_field(name)  # a name that is no field fails at start
            _columns[f"{model._meta.label}.{name}"] = holds


def columns() -> dict[str, Holds]:
    """`app.Model.field` to what it holds."""
    return dict(_columns)


def unclassified() -> list[str]:
    """Columns of our models that nobody classified; keys and many-to-many links count too."""
    missing = []
    for app in OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many):
                label = f"{model._meta.label}.{field.name}"
                if label not in _columns and not isinstance(field, models.AutoField):
                    missing.append(label)
    return missing
