"""Seeing what a request writes, and undoing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection, transaction

# Being refused may be written down; who is signed in and how often they tried are no content.
FREE = {"people_auditevent", "django_session", "site_cache", "usersessions_usersession"}
WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)


@contextmanager
def watched() -> Iterator[set[str]]:
    """The tables written to meanwhile; all of it is undone at the end."""
    written: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITE.match(sql):
            written.add(found.group(1))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        with connection.execute_wrapper(watch):
            yield written
        transaction.set_rollback(True)
