"""The demo's members have something to hand in for each task of the library's role tracks."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from learning.demo import company

LIBRARY = Path(settings.BASE_DIR) / "curriculum" / "library" / "modules"
JOINT = "J"  # the joint modules: the demo hands nothing in for them
LARGEST = Decimal(10) ** 11  # what the column of a measure holds, with three places


def tasks() -> dict[str, str]:
    """Every workplace task of the foundation and the six role tracks, and its module."""
    return {
        path.stem: path.parts[-3]
        for path in sorted(LIBRARY.glob("*/tasks/*.yaml"))
        if not path.parts[-3].startswith(JOINT)
    }


def works() -> list[tuple[str, dict[str, Any]]]:
    return [(key, work) for key, several in company.works().items() for work in several]


def test_every_task_has_a_work() -> None:
    assert {key: module for key, module in tasks().items() if not company.works().get(key)} == {}


def test_no_work_is_without_its_task() -> None:
    assert company.works().keys() - tasks().keys() == set()


def test_a_work_is_a_text_and_two_plain_numbers() -> None:
    for key, work in works():
        assert work.keys() == {"text", "before", "after"}, key
        assert isinstance(work["text"], str), key
        assert work["text"].strip(), key
        for side in ("before", "after"):
            assert type(work[side]) in (int, float), f"{key}: {side}"
            number = Decimal(str(work[side]))
            assert number.is_finite(), f"{key}: {side}"
            assert abs(number) < LARGEST, f"{key}: {side}"
            assert number == round(number, 3), f"{key}: {side}"


def test_no_text_stands_twice() -> None:
    assert [
        text for text, count in Counter(w["text"] for _, w in works()).items() if count > 1
    ] == []


def test_a_task_in_two_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "works").mkdir()
    for track in ("customer", "product"):
        path = tmp_path / "works" / f"{track}.yaml"
        path.write_text("one-task:\n  - {before: 1, after: 2, text: Done.}\n", "utf-8")
    monkeypatch.setattr(company, "FOLDER", tmp_path)

    with pytest.raises(ValueError, match="one-task"):
        company.works.__wrapped__()
