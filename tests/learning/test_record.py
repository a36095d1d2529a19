"""My record: every section, all of it in the download, audited, one's own only; and the help."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.db import models
from django.test import Client

from learning import personal_data as ours
from learning.models import Note
from people import personal_data
from people.models import AuditEvent, Member, User
from tests.conftest import Cast
from tests.learning.taught import make_module, make_target, role_of, step_of
from tests.learning.test_role import observe

SignIn = Callable[[Member], Client]


def fill(cast: Cast) -> None:
    module = make_module(aims={"D3": 1})
    make_target(role_of(cast.amina), level=1)
    observe(cast.amina)
    client = Client()
    client.force_login(cast.amina.user)
    client.get(f"/steps/{step_of(module, 'first').pk}/")
    client.post(f"/steps/{step_of(module, 'first').pk}/notes/add/", {"text": "Only mine"})


def test_the_page_shows_every_section(cast: Cast, as_member: SignIn) -> None:
    fill(cast)
    text = as_member(cast.amina).get("/record/").content.decode()
    for section in personal_data.sections(cast.amina):
        assert section.title in text
    assert "Only mine" in text
    assert "Gate: &lt;checking&gt;" in text
    assert "Only mine" not in as_member(cast.daniel).get("/record/").content.decode()


def test_the_download_holds_all_of_it_and_is_audited(cast: Cast, as_member: SignIn) -> None:
    fill(cast)
    answer = as_member(cast.amina).get("/record/download/")
    assert answer["Content-Type"].startswith("application/json")
    assert "attachment" in answer["Content-Disposition"]
    sections = {each["title"]: each["rows"] for each in json.loads(answer.content)["sections"]}
    assert len(sections["Evidence behind it"]) == 8
    assert sections["Your notes"][0]["Note"] == "Only mine"
    assert sections["What is said of you today"][0]["Competency"] == "Critical verification"
    event = AuditEvent.objects.get(action="record.downloaded")
    assert (event.actor_id, event.subject_id) == (cast.amina.pk, cast.amina.pk)


def test_everything_with_a_member_is_in_a_section_or_a_cache(cast: Cast) -> None:
    """Every model of learning that points at a member is read by some section, or said not to be."""
    from django.apps import apps

    source = ours.__loader__.get_source(ours.__name__)  # type: ignore[union-attr]
    for model in apps.get_app_config("learning").get_models():
        points = any(
            isinstance(field, models.ForeignKey) and field.related_model is Member
            for field in model._meta.get_fields()
        )
        if points:
            assert model.__name__ in source


def test_every_column_of_learning_is_classified() -> None:
    missing = [label for label in personal_data.unclassified() if label.startswith("learning.")]
    assert missing == []


def test_deleting_notes_leaves_nothing_of_them(cast: Cast, as_member: SignIn) -> None:
    fill(cast)
    Note.objects.all().delete()
    assert b"Only mine" not in as_member(cast.amina).get("/record/download/").content


def test_help_is_for_everybody_who_is_signed_in(
    cast: Cast, operator: User, as_member: SignIn, client: Client
) -> None:
    assert client.get("/help/").status_code == 302
    text = as_member(cast.amina).get("/help/").content.decode()
    assert "Not enough evidence" in text
    assert "They do not see your answers." in text
    client.force_login(operator)
    assert client.get("/help/").status_code == 200
    assert client.get("/record/").status_code == 302
