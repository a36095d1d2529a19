"""A package with one fault is refused whole: every fault with file and line, nothing written."""

from __future__ import annotations

import hashlib

import pytest

from curriculum.models import Competency, Module, ModuleVersion, Step, Track
from curriculum.packages.loading import load
from curriculum.packages.report import Fault
from people.models import AuditEvent, JobRole
from tests.conftest import Cast
from tests.curriculum.packages import (
    ITEM,
    LESSON,
    LESSON_PATH,
    MODULE,
    PRACTICE,
    QUIZ_PATH,
    edited,
    files,
    package,
)

M = "modules/M1/module.yaml"
Q = QUIZ_PATH
L = LESSON_PATH

pytestmark = pytest.mark.usefixtures("framework")


def without(*paths: str) -> dict[str, str]:
    return {path: text for path, text in files().items() if path not in paths}


def plus(path: str, text: str) -> dict[str, str]:
    return files() | {path: text}


def second_module(requires: str) -> dict[str, str]:
    """M1 requires M2, and M2 what is said."""
    content = edited(M, "requires: []", "requires: [M2]")
    text = MODULE.replace("id: M1", "id: M2").replace("requires: []", f"requires: {requires}")
    text = text.replace("  - {kind: quiz, id: practice}\n", "")
    lessons = {
        f"modules/M2/lessons/{name}": content[f"modules/M1/lessons/{name}"]
        for name in ("read-the-trail.md", "repair-trust.md")
    }
    return content | {"modules/M2/module.yaml": text} | lessons


BAD = {
    "an unknown key": (edited(M, "minutes: 35", "minutes: 35\ncolour: red"), M, 5, "not known"),
    "an unknown key in an item": (edited(Q, "    level: 2", "    level: 2\n    hint: x"), Q, 13, "hint"),
    "a missing key": (edited(M, "summary: What to do when the assistant hands you a customer.\n", ""), M, 1, "summary: This is missing"),
    "a missing lesson file": (without("modules/M1/lessons/repair-trust.md"), M, 12, "missing"),
    "a missing quiz file": (without(Q), M, 11, "missing"),
    "a missing module.yaml": (without(M), M, 0, "missing"),
    "a missing package.yaml": (without("package.yaml"), "package.yaml", 0, "missing"),
    "an unknown format": (edited("package.yaml", "format: 1", "format: 2"), "package.yaml", 1, "one of 1"),
    "a lesson that no step names": (plus("modules/M1/lessons/extra.md", LESSON), "modules/M1/lessons/extra.md", 0, "No step"),
    "a file in a place of its own": (plus("notes/today.md", "hello"), "notes/today.md", 0, "no such place"),
    "a picture": (plus("modules/M1/picture.png", "x"), "modules/M1/picture.png", 0, "alone"),
    "an exercise without its file": (edited(M, "{kind: quiz, id: practice}", "{kind: exercise, id: practice}"), M, 11, "missing"),
    "an unknown kind": (edited(M, "{kind: quiz,", "{kind: game,"), M, 11, "one of"),
    "a step twice": (edited(M, "id: repair-trust", "id: read-the-trail"), M, 12, "twice"),
    "an item id twice": (edited(Q, "m1-x02", "m1-x01"), Q, 29, "twice"),
    "a competency that does not exist": (edited(M, "{U1: 2}", "{U9: 2}"), M, 6, "no competency"),
    "a competency of an item that does not exist": (edited(Q, "    competency: U1", "    competency: U9"), Q, 11, "U9"),
    "a level that does not exist": (edited(M, "{U1: 2}", "{U1: 5}"), M, 6, "competencies.U1"),
    "a level as text": (edited(M, "{U1: 2}", '{U1: "2"}'), M, 6, "whole number"),
    "a required module that does not exist": (edited(M, "requires: []", "requires: [M7]"), M, 5, "no module"),
    "a module that requires itself": (edited(M, "requires: []", "requires: [M1]"), M, 5, "cycle"),
    "a cycle of two": (second_module("[M1]"), M, 5, "cycle"),
    "an id that is not the folder": (edited(M, "id: M1", "id: M9"), M, 1, "name of the folder"),
    "an id that is not the file": (edited(L, "id: read-the-trail", "id: trail"), L, 2, "name of the file"),
    "a source that is not there": (edited(L, "sources: [nist-rmf]", "sources: [iso]"), L, 5, "no source"),
    "a link to a lesson that is not there": (edited(L, "lesson:M1/repair-trust", "lesson:M1/nothing"), L, 17, "no lesson"),
    "a link to a module that is not there": (edited(L, "lesson:M1/repair-trust", "lesson:M5/x"), L, 17, "no lesson"),
    "a link to another site's script": (edited(L, "lesson:M1/repair-trust", "javascript:alert(1)"), L, 17, "A link goes to"),
    "a drawing that is not there": (edited(L, "Go on with", "![A desk](drawing:no-such) Go on with"), L, 17, "no drawing"),
    "a drawing without words": (edited(L, "Go on with", "![](drawing:no-such) Go on with"), L, 17, "in words"),
    "an image from elsewhere": (edited(L, "Go on with", "![x](https://evil.test/x.png)"), L, 17, "drawing of the library"),
    "a box of another kind": (edited(L, "!!! example", "!!! danger"), L, 9, "not one of the boxes"),
    "a first heading": (edited(L, "Go on with", "# Go on\n\nwith"), L, 17, "`##`"),
    "front matter that never ends": (edited(L, "sources: [nist-rmf]\n---", "sources: [nist-rmf]"), L, 1, "not closed"),
    "no front matter": (files() | {L: "Hello"}, L, 1, "front matter"),
    "a lesson without words": (files() | {L: LESSON.split("A customer")[0]}, L, 7, "body"),
    "body in the front matter": (edited(L, "minutes: 5", "minutes: 5\nbody: x"), L, 5, "not known"),
    "a track of a module that is not there": (edited("tracks/care.yaml", "[M1]", "[M1, M8]"), "tracks/care.yaml", 5, "no module"),
    "a module twice in a track": (edited("tracks/care.yaml", "[M1]", "[M1, M1]"), "tracks/care.yaml", 5, "twice"),
    "a layer that does not exist": (edited("tracks/care.yaml", "layer: customer", "layer: sales"), "tracks/care.yaml", 4, "one of"),
    "a job role's track that is not there": (edited("job-roles/care-adviser.yaml", "[care]", "[lost]"), "job-roles/care-adviser.yaml", 5, "no track"),
    "a skill that does not exist": (edited("job-roles/care-adviser.yaml", "skills: [U1]", "skills: [U1, U8]"), "job-roles/care-adviser.yaml", 12, "no competency"),
    "a target that does not exist": (edited("job-roles/care-adviser.yaml", "  U1: {", "  Z1: {"), "job-roles/care-adviser.yaml", 7, "no competency"),
    "an interaction point twice": (edited("job-roles/care-adviser.yaml", "    bad: You ask again.\n", "    bad: No.\n  - {id: CA1, decision: x, information: y, skills: [U1], good: g, bad: b}\n"), "job-roles/care-adviser.yaml", 15, "twice"),
    "competencies of one's own": (plus("competencies/mine.yaml", "domain: {id: X, name: X, order: 9}"), "competencies/mine.yaml", 0, "built-in library alone"),
    "an interaction point that does not exist": (edited(M, "competencies: {U1: 2}", "competencies: {U1: 2}\ninteraction_points: [CA1, CA9]"), M, 7, "no interaction point “CA9”"),
    "an interaction point taught twice": (edited(M, "competencies: {U1: 2}", "competencies: {U1: 2}\ninteraction_points: [CA1, CA1]"), M, 7, "twice"),
    "an entry of the law that is not there": (edited(L, "lesson:M1/repair-trust", "law:no-such"), L, 17, "has no entry “no-such”"),
    "a law of one's own": (plus("law.yaml", "as_of: x"), "law.yaml", 0, "built-in library alone"),
    "two options right": (edited(Q, "      - text: Apologise at once.\n", "      - text: Apologise at once.\n        right: true\n"), Q, 15, "exactly one"),
    "an item's lesson that is not there": (edited(Q, "lesson: read-the-trail", "lesson: lost"), Q, 13, "lost"),
    "a key twice": (edited(M, "minutes: 35", "minutes: 35\nminutes: 36"), M, 5, "twice"),
    "an alias": (edited(M, "title: Taking over well", "title: &t Taking over\nx: *t"), M, 2, "anchors"),
    "a tag": (edited(M, "title: Taking over well", "title: !!python/object:os.system x"), M, 2, "tags"),
    "a date without quotes": (edited(M, 'date: "2023-01"', "date: 2023-01-05"), M, 17, "quotes"),
    "a number where text belongs": (edited(M, "title: Taking over well", "title: 1.10"), M, 2, "quotes"),
    "two documents in a file": (edited(M, "minutes: 35", "minutes: 35\n---\nx: 1"), M, 5, "one document"),
    "broken YAML": (edited(M, "requires: []", "requires: ["), M, 7, "not valid YAML"),
    "a list where keys belong": (files() | {M: "- a\n- b\n"}, M, 1, "keys with values"),
    "nothing at all": (files() | {M: ""}, M, 1, "keys with values"),
    "YAML nested deep": (files() | {M: "a: " + "[" * 500 + "]" * 500}, M, 1, "nested"),
    "a block nested deep": (files() | {M: "- " * 400 + "a"}, M, 1, "nested"),
    "a NUL in quotes": (edited(M, "title: Taking over well", 'title: "a\\0b"'), M, 2, "cannot hold"),
    "half a surrogate": (edited(M, "title: Taking over well", 'title: "a\\uD800b"'), M, 2, ""),
    "a YAML file above 64 kB": (files() | {M: MODULE + "#" * 70_000}, M, 0, "limit is 64 kB"),
    "a lesson above 200 kB": (files() | {L: LESSON + "word " * 50_000}, L, 0, "limit is 200 kB"),
    "2 MB of brackets": (files() | {L: "[" * 2_000_000}, L, 0, "limit is 200 kB"),
    "190 kB of brackets": (files() | {L: LESSON + "[" * 190_000}, L, 7, "too long to lay out"),
    "60 kB of brackets as YAML": (files() | {M: "[" * 60_000}, M, 1, "nested"),
    "60 kB of quotes in a lesson": (files() | {L: LESSON + "> " * 30_000}, L, 7, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_package_is_refused_whole_with_file_and_line(name: str, cast: Cast) -> None:
    content, file, line, message = BAD[name]
    stuffed = {path: text + noise(text) for path, text in content.items()}
    events = AuditEvent.objects.count()
    report = load(package(stuffed), organisation=cast.organisation, by=cast.joanna)
    assert not report.ok
    found = [fault for fault in report.faults if fault.file == file and fault.line == line]
    assert any(message in fault.message for fault in found), report.faults
    for model in (Module, ModuleVersion, Step, Track):
        assert not model.objects.exists()
    assert not JobRole.objects.filter(organisation=cast.organisation).exists()
    assert AuditEvent.objects.count() == events


def noise(text: str) -> str:
    """Lines that do not pack, so that the zip of a large file is no bomb by its ratio."""
    lines = len(text) * 3 // 100 // 65 if len(text) > 50_000 else 0
    return "\n".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(lines))


def test_every_fault_is_told_and_not_only_the_first(cast: Cast) -> None:
    content = edited(M, "{U1: 2}", "{U9: 2}")
    content[M] = content[M].replace("requires: []", "requires: [M7]")
    content[L] = content[L].replace("lesson:M1/repair-trust", "lesson:M1/nothing")
    content[Q] = content[Q].replace("m1-x02", "m1-x01")
    content["tracks/care.yaml"] = content["tracks/care.yaml"].replace("[M1]", "[M1, M8]")
    report = load(package(content), organisation=cast.organisation, by=cast.joanna)
    assert {(fault.file, fault.line) for fault in report.faults} == {
        (M, 5),
        (M, 6),
        (L, 17),
        (Q, 29),
        ("tracks/care.yaml", 5),
    }


def test_a_fault_is_printed_as_file_line_message() -> None:
    assert str(Fault("a/b.yaml", 3, "Wrong.")) == "a/b.yaml:3: Wrong."
    assert str(Fault("a/b.yaml", 0, "Missing.")) == "a/b.yaml: Missing."


def test_a_built_in_job_role_cannot_be_redefined(cast: Cast) -> None:
    content = files()
    text = content.pop("job-roles/care-adviser.yaml").replace("id: care-adviser", "id: customer")
    report = load(
        package(content | {"job-roles/customer.yaml": text}),
        organisation=cast.organisation,
        by=cast.joanna,
    )
    assert [fault.message for fault in report.faults] == [
        "“customer” is a built-in job role; give yours another id."
    ]


def test_words_that_look_like_yaml_surprises_stay_words(cast: Cast) -> None:
    content = edited(M, "title: Taking over well", "title: no")
    report = load(package(content), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults
    assert ModuleVersion.objects.get().title == "no"


def test_a_module_may_lean_on_the_built_in_library(built_in: Module, cast: Cast) -> None:
    """Its competencies, its modules and its lessons, but its own ids come first."""
    content = {
        "package.yaml": files()["package.yaml"],
        "modules/N1/module.yaml": MODULE.replace("id: M1", "id: N1")
        .replace("requires: []", "requires: [M1]")
        .replace("  - {kind: quiz, id: practice}\n", ""),
        "modules/N1/lessons/read-the-trail.md": LESSON,
        "modules/N1/lessons/repair-trust.md": files()["modules/M1/lessons/repair-trust.md"],
    }
    report = load(package(content), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults


def test_another_organisations_modules_are_not_known(own: Module, elsewhere: Cast) -> None:
    content = {path: text for path, text in files().items() if path.startswith(("pack", "tracks"))}
    report = load(package(content), organisation=elsewhere.organisation, by=elsewhere.joanna)
    assert [fault.message for fault in report.faults] == ["There is no module “M1”."]


def test_a_cycle_through_a_module_that_is_there_already_is_found(own: Module, cast: Cast) -> None:
    first = second_module("[]")
    report = load(package(first), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults
    lonely = {path: text for path, text in first.items() if path.startswith(("pack", "modules/M2"))}
    lonely["modules/M2/module.yaml"] = lonely["modules/M2/module.yaml"].replace(
        "requires: []", "requires: [M1]"
    )
    report = load(package(lonely), organisation=cast.organisation, by=cast.joanna)
    assert [str(fault) for fault in report.faults] == [
        "modules/M2/module.yaml:5: A cycle: M2 requires, by way of others, itself."
    ]


def test_the_good_package_is_good(cast: Cast) -> None:
    assert ITEM.format(id="m1-x01") in PRACTICE
    report = load(package(), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults
    assert Competency.objects.count() == 2


def test_one_report_lists_the_faults_of_all_kinds_at_once(cast: Cast) -> None:
    """An unknown key or a wrong word does not hide what else is wrong in the same file."""
    text = MODULE.replace("minutes: 35", "minutes: 35\ncolour: red")
    text = text.replace("verb: apply", "verb: dance").replace("requires: []", "requires: [M9]")
    text = text.replace("{U1: 2}", "{U1: 2, U9: 2}")
    content = files() | {M: text, L: LESSON.replace("[nist-rmf]\n---", "[nowhere]\n---")}
    del content[Q]
    report = load(package(content), organisation=cast.organisation, by=cast.joanna)
    said = [(fault.file, fault.line, fault.message) for fault in report.faults]
    for file, line, words in (
        (M, 5, "colour: This key is not known"),
        (M, 6, "no module “M9”"),
        (M, 7, "no competency “U9”"),
        (M, 9, "must be one of"),
        (M, 12, "missing"),
        (L, 5, "no source “nowhere”"),
    ):
        assert any(
            (file, line) == (where, at) and words in message for where, at, message in said
        ), (file, line, words, said)
    assert not Module.objects.exists()
