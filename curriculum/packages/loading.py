"""Writing a checked package: everything in one transaction, or nothing."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from curriculum import publishing
from curriculum.models import Aim, Module, ModuleVersion, Step, Track, TrackModule
from curriculum.packages import framework, kinds
from curriculum.packages.checked import Checked, CheckedModule, CheckedStep
from curriculum.packages.checking import check
from curriculum.packages.known import Known, known_to
from curriculum.packages.reading import Package
from curriculum.packages.report import Change, Report, State
from people.models import Member, Organisation


def load(
    package: Package,
    *,
    organisation: Organisation | None,
    by: Member | None,
    publish: bool = False,
    known: Known | None = None,
) -> Report:
    """Brings the package in as drafts (`publish`: as published versions) and reports on it.

    A package with one fault writes nothing. The same content a second time changes nothing; other
    content becomes the module's new draft version, in the place of a draft that was there.
    """
    report, checked = examine(package, organisation=organisation, known=known)
    if report.ok:
        report.changes = write(checked, organisation=organisation, by=by, publish=publish)
    return report


def examine(
    package: Package, *, organisation: Organisation | None, known: Known | None = None
) -> tuple[Report, Checked]:
    """The check alone, with what a load would change."""
    checked = check(package, known if known is not None else known_to(organisation))
    report = Report()
    report.add(checked.faults)
    if report.ok:
        report.changes = _foresee(checked, organisation)
    return report, checked


def _foresee(checked: Checked, organisation: Organisation | None) -> list[Change]:
    """What would happen; the framework is written as a whole and told as a whole."""
    present = _present(checked, organisation)
    changes = [
        Change("module", each.document.id, each.document.title, _state(each, present))
        for each in checked.modules
    ]
    tracks = framework.present_tracks(organisation)
    changes += [
        Change("track", each.document.id, each.document.title, framework.track_state(each, tracks))
        for each in checked.tracks
    ]
    roles = framework.present_job_roles(organisation)
    changes += _foresee_folders(checked, organisation)
    changes += [
        Change("job role", each.document.id, each.document.name, framework.role_state(each, roles))
        for each in checked.job_roles
    ]
    return changes


def _foresee_folders(checked: Checked, organisation: Organisation | None) -> list[Change]:
    changes = []
    for kind in kinds.folder_kinds():
        things = [each.thing for each in checked.folders if each.kind is kind]
        states = kind.states(things, organisation) if things else []
        changes += [
            Change(kind.name, kind.id(thing), kind.title(thing), state)
            for thing, state in zip(things, states, strict=True)
        ]
    return changes


def _present(
    checked: Checked, organisation: Organisation | None
) -> dict[str, tuple[Module, ModuleVersion | None]]:
    """The modules that are there already, each with its draft or else its published version."""
    keys = [module.document.id for module in checked.modules]
    modules = Module.objects.filter(organisation=organisation, key__in=keys)
    found = {each.key: each for each in modules.select_related("published_version")}
    drafts = ModuleVersion.objects.filter(
        module__in=found.values(), state=ModuleVersion.State.DRAFT
    )
    by_module = {draft.module_id: draft for draft in drafts}
    return {
        key: (module, by_module.get(module.pk) or module.published_version)
        for key, module in found.items()
    }


def _state(module: CheckedModule, present: dict[str, tuple[Module, ModuleVersion | None]]) -> State:
    if module.document.id not in present:
        return "new"
    _, version = present[module.document.id]
    return "unchanged" if version and version.digest == module.digest else "changed"


@transaction.atomic
def write(
    checked: Checked,
    *,
    organisation: Organisation | None,
    by: Member | None,
    publish: bool = False,
) -> list[Change]:
    """Writes what was checked and laid out before, so that the transaction is short."""
    assert not checked.faults, "a package with faults is never written"
    changes = _foresee(checked, organisation)
    if checked.domains:
        framework.write_competencies(checked.domains)
    if checked.law is not None:
        framework.write_law(checked.law.document)
    for folder in checked.folders:
        html = [each.html for each in folder.rendered]
        folder.kind.write(folder.thing, html, folder.files, organisation, by)
    present = _present(checked, organisation)
    versions = []
    for module in checked.modules:
        version = _write_module(module, present, organisation)
        if version.state == ModuleVersion.State.DRAFT:
            versions.append(version)
    if publish:
        for version in versions:
            publishing.publish(version, by=by, note="Brought in with a package.")
    _write_tracks(checked, organisation)
    framework.write_job_roles(checked.job_roles, organisation)
    return changes


def _write_module(
    module: CheckedModule,
    present: dict[str, tuple[Module, ModuleVersion | None]],
    organisation: Organisation | None,
) -> ModuleVersion:
    """The version that holds this content: the one that is there, or a new draft."""
    document = module.document
    row, version = present.get(document.id, (None, None))
    if version is not None and version.digest == module.digest:
        return version
    if row is None:
        row = Module.objects.create(
            organisation=organisation, key=document.id, title=document.title
        )
    if version is not None and version.state == ModuleVersion.State.DRAFT:
        version.delete()
    if row.published_version_id is None and row.title != document.title:
        Module.objects.filter(pk=row.pk).update(title=document.title)
    last = row.versions.aggregate(last=Max("number"))["last"] or 0
    draft = ModuleVersion.objects.create(
        module=row,
        number=last + 1,
        title=document.title,
        summary=document.summary,
        minutes=document.minutes,
        objectives=[each.model_dump() for each in document.objectives],
        sources=[each.model_dump(exclude_none=True) for each in document.sources],
        requires=document.requires,
        interaction_points=document.interaction_points,
        files=module.files,
        digest=module.digest,
    )
    Aim.objects.bulk_create(
        Aim(version=draft, competency_id=competency, level=level)
        for competency, level in document.competencies.items()
    )
    _write_steps(module, draft)
    return draft


def _write_steps(module: CheckedModule, draft: ModuleVersion) -> None:
    sources = {each["id"]: each for each in draft.sources}
    steps = Step.objects.bulk_create(
        _step(checked, draft, order, sources) for order, checked in enumerate(module.steps, 1)
    )
    for step, checked in zip(steps, module.steps, strict=True):
        html = [rendered.html for rendered in checked.rendered]
        checked.kind.write(step, checked.source.document, html)


def _step(
    checked: CheckedStep, draft: ModuleVersion, order: int, sources: dict[str, object]
) -> Step:
    document = checked.source.document
    is_lesson = checked.kind.kind == Step.Kind.LESSON
    return Step(
        version=draft,
        kind=checked.kind.kind,
        key=document.id,
        order=order,
        title=checked.kind.title(document),
        minutes=checked.kind.minutes(document),
        html=checked.rendered[0].html if is_lesson else "",
        text=" ".join(rendered.text for rendered in checked.rendered) if is_lesson else "",
        sources=[sources[each] for each in document.sources] if is_lesson else [],
    )


def _write_tracks(checked: Checked, organisation: Organisation | None) -> None:
    if not checked.tracks:
        return
    tracks = framework.present_tracks(organisation)
    modules = module_ids(organisation)
    for each in checked.tracks:
        if framework.track_state(each, tracks) == "unchanged":
            continue
        document = each.document
        track, _ = Track.objects.update_or_create(
            organisation=organisation,
            key=document.id,
            defaults={
                "title": document.title,
                "summary": document.summary,
                "layer": document.layer or "",
            },
        )
        track.places.all().delete()
        TrackModule.objects.bulk_create(
            TrackModule(track=track, module_id=modules[key], order=order)
            for order, key in enumerate(document.modules, 1)
        )


def module_ids(organisation: Organisation | None) -> dict[str, int]:
    """Key → id: the built-in ones, and before them the organisation's own."""
    found = dict(Module.objects.filter(organisation=None).values_list("key", "pk"))
    if organisation is not None:
        found |= dict(Module.objects.filter(organisation=organisation).values_list("key", "pk"))
    return found
