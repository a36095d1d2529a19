"""What curriculum keeps about a person: what a trainer published and uploaded."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models

from curriculum.models import Module, PackageUpload, PublishEntry
from people.models import Member
from people.personal_data import Row, classify, register_section
from people.templatetags.tutti import moment


def publications_by(member: Member) -> list[Row]:
    rows = PublishEntry.objects.filter(by=member).select_related("module", "version")
    return [
        {
            "Module": row.module.title,
            "Version": row.version.number,
            "What": row.get_action_display(),
            "When": moment(row.at),
            "Note": row.note,
        }
        for row in rows.defer("version__files").order_by("at", "pk")
    ]


def uploads_by(member: Member) -> list[Row]:
    rows = PackageUpload.objects.filter(uploaded_by=member).defer("content", "report")
    return [
        {
            "File": row.file_name,
            "State": row.get_state_display(),
            "When": moment(row.created_at),
        }
        for row in rows.order_by("created_at", "pk")
    ]


def _classify(
    model: type[models.Model], personal: Iterable[str] = (), pseudonymous: Iterable[str] = ()
) -> None:
    """The columns named; every other one says nothing about a person."""
    named = {*personal, *pseudonymous}
    fields = (*model._meta.concrete_fields, *model._meta.local_many_to_many)
    rest = [field.name for field in fields if field.name not in named]
    classify(model, personal=personal, pseudonymous=pseudonymous, none=rest)


def connect() -> None:
    register_section("What you published", publications_by)
    register_section("Packages you uploaded", uploads_by)
    for model in apps.get_app_config(Module._meta.app_label).get_models():
        if model not in (PublishEntry, PackageUpload):  # the rest is what is taught, to anybody
            _classify(model)
    _classify(PublishEntry, personal=["note"], pseudonymous=["by"])
    _classify(PackageUpload, personal=["file_name"], pseudonymous=["uploaded_by"])
