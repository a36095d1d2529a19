"""A player killed with -9 at random moments over fifty runs: the same trails, nothing done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
FEWEST_KILLS = 5


def test_a_killed_player_changes_nothing(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.killing"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": "",
            "TUTTI_VAR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, played.stderr[-2000:]
    found = json.loads(played.stdout)
    assert found["kills"] >= FEWEST_KILLS
    assert len(found["runs"]) == 50
    for run in found["runs"]:
        assert run["state"] == "answering"
        assert run["head"] == run["undisturbed"]
        assert run["twice"] == 0
