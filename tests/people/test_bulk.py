"""One statement for many rows sets what was named, of those rows and of no other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from people.bulk import update_each
from people.models import Member
from tests.conftest import Cast


def test_each_row_gets_its_own_values(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    left = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    rows = [("Adviser's help", None, cast.amina.pk), ("Lead", left, cast.rosa.pk)]
    with django_assert_num_queries(1):
        update_each(Member, ("job_title", "deactivated_at"), rows)
    found = Member.objects.values_list("job_title", "deactivated_at")
    assert found.get(pk=cast.amina.pk) == ("Adviser's help", None)
    assert found.get(pk=cast.rosa.pk) == ("Lead", left)
    assert found.get(pk=cast.daniel.pk) == ("", None)


def test_no_rows_ask_nothing(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    with django_assert_num_queries(0):
        update_each(Member, ("job_title",), [])
