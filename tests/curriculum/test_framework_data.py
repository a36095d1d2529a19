"""The built-in framework says what the curriculum says: targets, behaviours, interaction points."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

LIBRARY = Path(__file__).resolve().parents[2] / "curriculum" / "library"
ROLES = ["executive", "operations", "product", "customer", "governance", "technical"]

# Target levels: the floor for everybody, then the six roles in the order of ROLES; * is critical.
TARGETS = """
U1  1  1   1   2   1   1   3*
U2  1  2*  2   3*  2*  2   3
U3  1  1   2   2   1   3   3
D1  1  2   3*  3   2   1   2
D2  1  1   2   2   1   1   3
D3  1  2   2   3   3*  2   3
O1  0  2   3*  2   1   1   1
O2  0  1   3*  2   1   1   2
O3  0  1   3*  2   2   2   3
O4  0  2   2   2   1   3*  3
O5  1  1   2   1   3*  3   2
O6  0  1   2   1   1   3*  3*
G1  1  4*  2   1   1   4*  1
G2  0  2   1   2   1   4*  1
G3  1  1   1   2   2*  3*  3*
G4  0  2   1   2   1   3*  2
G5  0  2   2   1   2   3   3
V1  1  3*  3*  3*  1   2   2
V2  0  4*  2   3*  1   1   1
V3  0  2   1   2   3*  1   1
V4  0  3   3   2   2*  1   1
V5  0  3*  2   3   2   2   2
T1  0  1   1   1   0   1   3*
T2  0  0   1   2   0   1   3*
"""

CRITICAL = {
    "executive": {"U2", "G1", "V1", "V2", "V5"},
    "operations": {"D1", "O1", "O2", "O3", "V1"},
    "product": {"U2", "V1", "V2"},
    "customer": {"U2", "D3", "O5", "G3", "V3", "V4"},
    "governance": {"O4", "O6", "G1", "G2", "G3", "G4"},
    "technical": {"U1", "O6", "G3", "T1", "T2"},
}

SKILLS = {
    "executive": "EX1 V1 V2|EX2 G1 G4|EX3 V2 V1|EX4 G1 O1|EX5 V2 U2 O4|EX6 V3 U2|EX7 V4 V5",
    "operations": "OP1 O1 O2|OP2 D1 U2|OP3 O3|OP4 O5|OP5 V1|OP6 V4 O6|OP7 G5 O5",
    "product": "PR1 V2 D1|PR2 V3 D1|PR3 D3 T2 V1|PR4 V4 U3|PR5 O4 G4|PR6 V3 G2",
    "customer": "CU1 D3 U2|CU2 O5|CU3 V3|CU4 G3 U3|CU5 V4 G5|CU6 V4 D1",
    "governance": "GO1 G2 G4|GO2 O4 G2|GO3 G3 U3|GO4 O5 O6|GO5 G4 D3|GO6 G5 O6|GO7 G1 G2",
    "technical": "TE1 T1|TE2 O2 O3 G3|TE3 T2 V1|TE4 O4 O5|TE5 O6 G3|TE6 T2 G5|TE7 U2 V5",
}
POINTS = dict(zip(ROLES, [7, 7, 6, 6, 7, 7], strict=True))

DOMAINS = {
    "understand": ("U", "Understand", 1, 3),
    "direct": ("D", "Direct and judge", 2, 3),
    "orchestrate": ("O", "Orchestrate", 3, 6),
    "govern": ("G", "Govern and protect", 4, 5),
    "value": ("V", "Value and change", 5, 5),
    "build": ("T", "Build and assure", 6, 2),
}

# Rows a competency after ranges such as LM07-09 are written out.
CROSSWALK_ROWS = """
U1 9  U2 6  U3 7  D1 5  D2 5  D3 6  O1 5  O2 4  O3 4  O4 4  O5 6  O6 5
G1 6  G2 7  G3 7  G4 7  G5 5  V1 6  V2 6  V3 5  V4 6  V5 4  T1 6  T2 6
"""
IDS = CROSSWALK_ROWS.split()[::2]
ROWS = dict(zip(IDS, map(int, CROSSWALK_ROWS.split()[1::2]), strict=True))

TRACKS = {
    "foundation": (None, ["F1", "F2", "F3", "F4", "F5", "F6"]),
    "executive": ("executive", [f"EX-{n}" for n in range(1, 8)]),
    "operations": ("operations", [f"OP-{n}" for n in range(1, 8)]),
    "product": ("product", [f"PR-{n}" for n in range(1, 8)]),
    "customer": ("customer", [f"CU-{n}" for n in range(1, 7)]),
    "governance": ("governance", [f"GO-{n}" for n in range(1, 8)]),
    "technical": ("technical", [f"TE-{n}" for n in range(1, 8)]),
    "joint": (None, [f"J{n}" for n in range(1, 7)]),
    "orchestrator": (
        None,
        [
            "OP-1",
            "OP-2",
            "OP-3",
            "OP-4",
            "EX-3",
            "EX-4",
            "EX-5",
            "EX-7",
            "GO-5",
            "GO-6",
            "PR-2",
            "PR-3",
            "J1",
            "J2",
            "J3",
            "J4",
            "J5",
            "J6",
        ],
    ),
}


@cache
def read(name: str) -> dict[str, Any]:
    document = yaml.safe_load((LIBRARY / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def competencies() -> dict[str, dict[str, Any]]:
    found = [one for stem in DOMAINS for one in read(f"competencies/{stem}.yaml")["competencies"]]
    return {one["id"]: one for one in found}


def expected_targets(role: str) -> dict[str, dict[str, Any]]:
    targets: dict[str, dict[str, Any]] = {}
    for line in TARGETS.split("\n")[1:-1]:
        competency, floor, *cells = line.split()
        cell = cells[ROLES.index(role)]
        level = max(int(floor), int(cell.rstrip("*")))
        if level:
            critical = {"critical": True} if cell.endswith("*") else {}
            targets[competency] = {"level": level, **critical}
    return targets


def test_package() -> None:
    assert read("package.yaml") == {
        "format": 1,
        "id": "tutti-library",
        "title": "The Tutti library",
        "licence": "CC-BY-4.0",
    }


@pytest.mark.parametrize(
    ("folder", "stems"), [("competencies", DOMAINS), ("job-roles", ROLES), ("tracks", TRACKS)]
)
def test_no_file_is_missing_or_left_over(folder: str, stems: list[str]) -> None:
    assert {path.name for path in (LIBRARY / folder).iterdir()} == {f"{s}.yaml" for s in stems}


@pytest.mark.parametrize("stem", DOMAINS)
def test_domain(stem: str) -> None:
    letter, name, order, count = DOMAINS[stem]
    document = read(f"competencies/{stem}.yaml")
    assert set(document) == {"domain", "competencies"}
    assert document["domain"] == {"id": letter, "name": name, "order": order}
    ids = [one["id"] for one in document["competencies"]]
    assert ids == [f"{letter}{number}" for number in range(1, count + 1)]


def test_there_are_24_competencies_as_in_the_table_of_targets() -> None:
    assert len(competencies()) == 24
    assert list(competencies()) == [line.split()[0] for line in TARGETS.split("\n")[1:-1]]


def test_short_names_fit_the_head_of_a_grid() -> None:
    shorts = [one["short"] for one in competencies().values()]
    assert len(set(shorts)) == 24
    assert max(map(len, shorts)) <= 10


@pytest.mark.parametrize("competency", IDS)
def test_competency(competency: str) -> None:
    one = competencies()[competency]
    assert set(one) == {"id", "name", "short", "definition", "behaviours", "crosswalk"}
    assert one["definition"].endswith(".")
    assert len(set(one["behaviours"])) == 4
    for behaviour in one["behaviours"]:
        assert re.match(r"[a-z-]+s ", behaviour), "a clause in the third person"
        assert not behaviour.endswith(".")


@pytest.mark.parametrize("competency", IDS)
def test_crosswalk_claims_nothing_unchecked(competency: str) -> None:
    rows = competencies()[competency]["crosswalk"]
    assert len(rows) == ROWS[competency]
    assert len({(row["framework"], row["code"]) for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"framework", "version", "code", "relation", "verified"}
        assert row["relation"] == "related"
        assert row["verified"] is False
        assert all(isinstance(row[key], str) for key in ("framework", "version", "code"))
        assert not re.search(r"\d[-/\u2013]", row["code"]), "a range is one row a code"


def test_a_framework_has_one_version() -> None:
    rows = [row for one in competencies().values() for row in one["crosswalk"]]
    versions = {(row["framework"], row["version"]) for row in rows}
    assert len(versions) == len({row["framework"] for row in rows})


@pytest.mark.parametrize("role", ROLES)
def test_targets(role: str) -> None:
    targets = read(f"job-roles/{role}.yaml")["targets"]
    assert targets == expected_targets(role)
    assert {one for one, target in targets.items() if "critical" in target} == CRITICAL[role]


@pytest.mark.parametrize("role", ROLES)
def test_interaction_points(role: str) -> None:
    points = read(f"job-roles/{role}.yaml")["interaction_points"]
    assert len(points) == POINTS[role]
    assert "|".join(" ".join([one["id"], *one["skills"]]) for one in points) == SKILLS[role]
    for one in points:
        assert set(one) == {"id", "decision", "information", "skills", "good", "bad"}
        assert set(one["skills"]) <= set(competencies())
        assert not one["decision"].endswith(".")
        assert not one["information"].endswith(".")
        assert one["good"].rstrip("”").endswith(".")
        assert one["bad"].rstrip("”").endswith(".")


@pytest.mark.parametrize("role", ROLES)
def test_job_role(role: str) -> None:
    document = read(f"job-roles/{role}.yaml")
    keys = ["id", "layer", "name", "summary", "tracks", "targets", "interaction_points"]
    assert list(document) == keys
    assert document["id"] == document["layer"] == role
    assert document["tracks"] == ["foundation", role, "joint"]


@pytest.mark.parametrize("role", ROLES)
def test_the_summary_counts_the_interaction_points(role: str) -> None:
    words = Counter(re.findall(r"Six|Seven", read(f"job-roles/{role}.yaml")["summary"]))
    assert words == {{6: "Six", 7: "Seven"}[POINTS[role]]: 1}


@pytest.mark.parametrize("track", TRACKS)
def test_track(track: str) -> None:
    layer, modules = TRACKS[track]
    document = read(f"tracks/{track}.yaml")
    assert set(document) == {"id", "title", "summary", "layer", "modules"}
    assert document["id"] == track
    assert document["layer"] == layer
    assert document["modules"] == modules
