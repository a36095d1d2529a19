"""What upper apps rely on: search finds only what one may see, and every column is classified."""

from __future__ import annotations

import pytest

from people import personal_data, search
from people.models import Member
from people.personal_data import Holds
from tests.conftest import Cast


def titles(member: Member, words: str) -> list[str]:
    return [
        hit.title for name, hits in search.find(member, words) if name == "People" for hit in hits
    ]


def test_an_administrator_finds_everybody_of_the_organisation(cast: Cast, elsewhere: Cast) -> None:
    assert titles(cast.noor, "amina") == ["Amina Osei"]
    assert len(titles(cast.noor, "example.test")) == 7


def test_a_manager_finds_those_in_reach(cast: Cast, elsewhere: Cast) -> None:
    assert set(titles(cast.helen, "example.test")) == {"Amina Osei", "Daniel Wolfe", "Rosa Lind"}
    assert titles(cast.helen, "victor") == []


@pytest.mark.parametrize("who", ["amina", "joanna"])
def test_others_find_nobody(cast: Cast, who: str) -> None:
    assert titles(getattr(cast, who), "daniel") == []


def test_actions_are_those_one_may_do(cast: Cast) -> None:
    def actions(member: Member) -> list[str]:
        found = dict(search.find(member, "invit"))
        return [hit.title for hit in found.get("Things you can do", [])]

    assert "Invite somebody" in actions(cast.noor)
    assert actions(cast.amina) == []


@pytest.mark.parametrize("words", ["", "   ", "\t"])
def test_no_words_find_nothing(cast: Cast, words: str) -> None:
    assert search.find(cast.noor, words) == []


def test_a_search_costs_the_same_whatever_is_found(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        search._sources["People"](cast.noor, "e", 8)


def test_every_column_of_people_is_classified() -> None:
    assert [each for each in personal_data.unclassified() if each.startswith("people.")] == []


def test_names_and_addresses_are_personal() -> None:
    known = personal_data.columns()
    assert known["people.User.email"] == Holds.PERSONAL
    assert known["people.AuditEvent.actor"] == Holds.PSEUDONYMOUS


def test_ones_record_holds_ones_own_things_only(cast: Cast, elsewhere: Cast) -> None:
    found = {section.title: section.rows for section in personal_data.sections(cast.amina)}
    (me,) = found["Who you are here"]
    assert me["E-mail"] == cast.amina.user.email
    text = str(found["Who you are here"]) + str(found["Mails to you"])
    assert elsewhere.amina.user.email not in text
    assert cast.daniel.user.email not in text
