"""Queries that are compiled once: the same rows as from the queryset, whatever the arguments."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from people.access import is_manager
from people.models import Member, Team
from people.prepared import prepared
from tests.conftest import Cast


def of_user(user_id: int) -> QuerySet[Member]:
    managed = Team.managers.through.objects.filter(member_id=OuterRef("pk"))
    return (
        Member.objects.active()
        .filter(user_id=user_id)
        .select_related("organisation", "team", "job_role")
        .annotate(manages=Exists(managed))
    )


def test_rows_are_those_of_the_queryset_with_all_that_was_selected(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    ask = prepared(of_user)
    for member in (cast.amina, cast.helen, cast.joanna):
        usual = of_user(member.user_id).get()
        with django_assert_num_queries(1):
            (found,) = ask(member.user_id)
            assert found.organisation == cast.organisation
            assert found.team == usual.team
            assert found.job_role == usual.job_role
        assert found == usual
        assert found.manages == is_manager(member)


def test_it_sees_what_was_written_since(cast: Cast) -> None:
    ask = prepared(of_user)
    assert len(ask(cast.amina.user_id)) == 1
    Member.objects.filter(pk=cast.amina.pk).update(job_title="Adviser")
    assert ask(cast.amina.user_id)[0].job_title == "Adviser"
    cast.amina.delete()
    assert ask(cast.amina.user_id) == []


def test_each_shape_of_the_arguments_is_its_own_statement(cast: Cast) -> None:
    @prepared
    def names(team_id: int | None, members: tuple[int, ...], name: str) -> QuerySet[Member, Any]:
        team = Q(team=None) if team_id is None else Q(team_id=team_id)
        rows = Member.objects.filter(team, Q(pk__in=members) | Q(user__name=name))
        return rows.order_by("pk").values_list("user__name", flat=True)

    care, amina, daniel = cast.care.pk, cast.amina.pk, cast.daniel.pk
    assert names(care, (amina, daniel), "") == ["Amina Osei", "Daniel Wolfe"]
    assert names(care, (daniel,), "Amina Osei") == ["Amina Osei", "Daniel Wolfe"]
    assert names(care, (), "Daniel Wolfe") == ["Daniel Wolfe"]
    assert names(None, (amina, cast.joanna.pk), "") == ["Joanna Pike"]
    assert names(cast.night.pk, (amina, daniel), "' OR 1=1 --") == []


def test_unions_and_values_come_in_the_order_that_was_asked(cast: Cast) -> None:
    @prepared
    def both(one: int, two: int) -> QuerySet[Member, Any]:
        rows = Member.objects.order_by()
        return (
            rows.filter(pk=one)
            .values_list("pk", "team_id")
            .union(rows.filter(pk=two).values_list("pk", "team_id"), all=True)
        )

    assert sorted(both(cast.amina.pk, cast.rosa.pk)) == sorted(
        [(cast.amina.pk, cast.care.pk), (cast.rosa.pk, cast.night.pk)]
    )


def test_an_argument_that_is_changed_on_its_way_is_refused_loudly(cast: Cast) -> None:
    @prepared
    def like(name: str) -> QuerySet[Member]:
        return Member.objects.filter(user__name__startswith=name)

    with pytest.raises(AssertionError, match="do not stand in the statement"):
        like("Amina")


@pytest.mark.django_db(transaction=True)
def test_another_thread_asks_on_its_own_connection(cast: Cast) -> None:
    ask = prepared(of_user)
    ask(cast.amina.user_id)
    found: list[Member] = []

    def elsewhere() -> None:
        found.extend(ask(cast.helen.user_id))
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [cast.helen]
