"""The address of live models: the administrator's alone."""

from __future__ import annotations

from tests.access.table import row

row(
    "live_models",
    "ours GET 403 403 403 200\nours POST 403 403 403 302",
    data=lambda its: {"monthly": "25.00", "member_monthly": "5.00", "medium": "our-model"},
)
