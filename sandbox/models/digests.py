"""A column for SHA-256 digests: hexadecimal words in Python, 32 bytes in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Column = models.Field[Any, Any]
else:
    Column = models.Field


class DigestField(Column):
    """Half the size of the same in letters, which counts where every event has one."""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if value is None:
            return None
        return connection.Database.Binary(bytes.fromhex(value))  # type: ignore[attr-defined]

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else bytes(value).hex()
