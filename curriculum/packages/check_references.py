"""What points at other things: the framework, the law, tracks, job roles, points, cycles."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from curriculum.packages.check_base import CheckBase, repeated
from curriculum.packages.checked import Typed
from curriculum.packages.documents import (
    DomainDocument,
    JobRoleDocument,
    LawDocument,
    TrackDocument,
)

LAW = "law.yaml"


class CheckReferences(CheckBase):
    def framework(self) -> None:
        files = self.folder("competencies")
        if files and not self.known.built_in:
            for file in files:
                self.fault(file, "Competencies are defined by the built-in library alone.")
            return
        seen: dict[str, str] = {}
        for file in files:
            domain = self.typed(file, DomainDocument)
            if domain is None:
                self.broken_framework = True
                continue
            self.checked.domains.append(domain)
            document = domain.document
            self._once(seen, f"domain {document.domain.id}", domain, "domain", "id")
            for place, one in enumerate(document.competencies):
                path = ("competencies", place, "id")
                self._once(seen, f"competency {one.id}", domain, *path)
                if not one.id.startswith(document.domain.id):
                    message = f"{one.id} does not begin with the letter of its domain."
                    self.say([domain.fault(message, *path)])
        defined = {one.id for each in self.checked.domains for one in each.document.competencies}
        self.competencies = frozenset(self.competencies | defined)

    def _once(self, seen: dict[str, str], what: str, typed: Typed[Any], *path: str | int) -> None:
        """Faults the second of two things with one id."""
        if what in seen:
            self.say(
                [typed.fault(f"There are two of {what}; the other is in {seen[what]}.", *path)]
            )
        seen.setdefault(what, typed.file)

    def tracks(self) -> None:
        for file in self.folder("tracks"):
            typed = self.typed(file, TrackDocument)
            if typed is None:
                continue
            self.named_by_id(typed)
            self.checked.tracks.append(typed)
            for place, module in repeated(typed.document.modules):
                self.say([typed.fault(f"“{module}” is here twice.", "modules", place)])
            for place, module in enumerate(typed.document.modules):
                if not self.module_exists(module):
                    self.say([typed.fault(f"There is no module “{module}”.", "modules", place)])

    def job_roles(self) -> None:
        tracks = self.known.tracks | {PurePosixPath(file).stem for file in self.folder("tracks")}
        for file in self.folder("job-roles"):
            typed = self.typed(file, JobRoleDocument)
            if typed is None:
                continue
            document = typed.document
            self.named_by_id(typed)
            self.checked.job_roles.append(typed)
            if not self.known.built_in and document.id in self.known.built_in_job_roles:
                message = f"“{document.id}” is a built-in job role; give yours another id."
                self.say([typed.fault(message, "id")])
            for place, track in repeated(document.tracks):
                self.say([typed.fault(f"“{track}” is here twice.", "tracks", place)])
            for place, track in enumerate(document.tracks):
                if track not in tracks:
                    self.say([typed.fault(f"There is no track “{track}”.", "tracks", place)])
            for competency in document.targets:
                self.competency(typed, competency, "targets", competency)
            points = document.interaction_points
            for place, point in repeated([point.id for point in points]):
                path = ("interaction_points", place, "id")
                self.say([typed.fault(f"“{point}” is here twice.", *path)])
            for place, each in enumerate(points):
                for number, skill in enumerate(each.skills):
                    at = ("interaction_points", place, "skills", number)
                    self.competency(typed, skill, *at)
                    if skill in each.skills[:number]:
                        self.say([typed.fault(f"“{skill}” is here twice.", *at)])

    def law_record(self) -> None:
        """One file of the built-in library: an organisation's own would be a second truth."""
        if LAW not in self.files:
            return
        if not self.known.built_in:
            self.fault(LAW, "The record of the law is kept by the built-in library alone.")
            return
        typed = self.typed(LAW, LawDocument)
        if typed is None:
            return
        self.checked.law = typed
        ids = [entry.id for entry in typed.document.entries]
        for place, entry in repeated(ids):
            self.say([typed.fault(f"“{entry}” is here twice.", "entries", place, "id")])
        self.law = frozenset(ids)

    def points_taught(self) -> None:
        """A module says which interaction points it teaches; there must be such points."""
        own = {
            point.id
            for role in self.checked.job_roles
            for point in role.document.interaction_points
        }
        for module in self.checked.modules:
            points = module.document.interaction_points
            for place, point in repeated(points):
                message = f"“{point}” is here twice."
                self.say([module.source.fault(message, "interaction_points", place)])
            for place, point in enumerate(points):
                if point not in own and point not in self.known.interaction_points:
                    message = f"There is no interaction point “{point}”."
                    self.say([module.source.fault(message, "interaction_points", place)])

    def cycles(self) -> None:
        """Faults every module that must be done before itself."""
        graph = {key: set(module.requires) for key, module in self.known.modules.items()}
        own = {module.document.id: module for module in self.checked.modules}
        graph |= {key: set(module.document.requires) for key, module in own.items()}
        # What can be done in some order is taken away; what is left is on a cycle or behind one.
        while ready := [key for key, needs in graph.items() if not needs & graph.keys()]:
            for key in ready:
                del graph[key]
        for key in sorted(graph.keys() & own.keys()):
            if _leads_to(graph, key, key):
                message = f"A cycle: {key} requires, by way of others, itself."
                self.say([own[key].source.fault(message, "requires")])


def _leads_to(graph: dict[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        key = ahead.pop()
        if key == goal:
            return True
        if key not in seen:
            seen.add(key)
            ahead.extend(graph.get(key, ()))
    return False
