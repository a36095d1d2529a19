"""One module in the workshop: its versions, difference, publishing, previews and exports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from curriculum import differences, publishing, uploads
from curriculum.forms import NoteForm, PublishForm
from curriculum.models import Aim, Module, ModuleVersion, Step, Track
from curriculum.models.framework import LEVEL_NAMES
from curriculum.packages import exporting, kinds
from people import audit
from people.access import Right, fetch_or_refuse, requires
from people.http import MemberRequest


def _editable(request: MemberRequest, pk: int) -> Module:
    """The organisation's own module; a built-in one is refused, another organisation's unknown."""
    return fetch_or_refuse(
        Module.objects.editable_by(request.member),
        Module.objects.visible_to(request.member),
        Right.AUTHOR,
        pk=pk,
    )


@requires(Right.AUTHOR)
@require_safe
def module_overview(request: MemberRequest, pk: int) -> HttpResponse:
    module = get_object_or_404(Module.objects.visible_to(request.member), pk=pk)
    return _overview(request, module)


def _overview(
    request: MemberRequest, module: Module, form: PublishForm | None = None
) -> HttpResponse:
    versions = list(module.versions.defer("files").order_by("-number"))
    by_state = {version.state: version for version in reversed(versions)}
    draft = by_state.get(ModuleVersion.State.DRAFT)
    published = next((each for each in versions if each.pk == module.published_version_id), None)
    shown = draft or published
    files = _difference(versions, shown, published) if shown else []
    return render(
        request,
        "curriculum/module_overview.html",
        {
            "module": module,
            "own": module.organisation_id is not None,
            "versions": versions,
            "draft": draft,
            "published": published,
            "shown": shown,
            "files": files,
            "log": module.publish_log.select_related("by__user", "version"),
            "impact": publishing.impact(module),
            "form": form or PublishForm(initial={"version": draft.pk if draft else None}),
            "retire_form": NoteForm(prefix="retire"),
        },
    )


def _difference(
    versions: list[ModuleVersion], shown: ModuleVersion, published: ModuleVersion | None
) -> list[differences.FileDifference]:
    """Draft against published; without a draft, published against the one before it."""
    if shown is not published:
        return differences.between(published, shown) if published else []
    before = next((each for each in versions if each.number < shown.number), None)
    return differences.between(before, shown) if before else []


@requires(Right.AUTHOR)
@require_POST
def module_publish(request: MemberRequest, pk: int) -> HttpResponse:
    module = _editable(request, pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _overview(request, module, form)
    version = module.versions.filter(pk=form.cleaned_data["version"]).first()
    try:
        if version is None:
            raise publishing.NotADraft
        publishing.publish(version, by=request.member, note=form.cleaned_data["note"])
    except publishing.NotADraft:
        messages.warning(
            request, "The draft has changed since you opened this page. Please look at it again."
        )
    else:
        messages.success(request, f"Version {version.number} is published.")
    return redirect("module_overview", pk=pk)


@requires(Right.AUTHOR)
@require_POST
def module_retire(request: MemberRequest, pk: int) -> HttpResponse:
    module = _editable(request, pk)
    form = NoteForm(request.POST, prefix="retire")
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        publishing.retire(module, by=request.member, note=note)
    except publishing.AlreadySo:
        messages.info(request, "There is nothing to retire: the module is not published.")
    else:
        messages.success(request, "Retired. Who has begun it may finish.")
    return redirect("module_overview", pk=pk)


@requires(Right.AUTHOR)
@require_POST
def module_restore(request: MemberRequest, pk: int) -> HttpResponse:
    module = _editable(request, pk)
    try:
        publishing.restore(module, by=request.member)
    except publishing.AlreadySo:
        messages.info(request, "The module is not retired.")
    else:
        messages.success(request, "The module is back in every list it was in.")
    return redirect("module_overview", pk=pk)


@requires(Right.AUTHOR)
@require_POST
def module_copy(request: MemberRequest, pk: int) -> HttpResponse:
    """Adapts a built-in module: the organisation gets its published content as a draft."""
    member = request.member
    module = get_object_or_404(Module.objects.visible_to(member), pk=pk)
    own = Module.objects.editable_by(member).filter(key=module.key).first()
    if own is not None:
        messages.info(request, "Your organisation has its own copy already; this is it.")
        return redirect("module_overview", pk=own.pk)
    version = module.published_version
    if version is None:
        messages.info(request, "This module was never published, so there is nothing to copy.")
        return redirect("module_overview", pk=pk)
    report = uploads.adapt(version, by=member)
    if not report.ok:
        messages.error(request, f"It cannot be copied: {report.faults[0].message}")
        return redirect("module_overview", pk=pk)
    copy = Module.objects.editable_by(member).get(key=module.key)
    messages.success(request, "This copy is yours. Export it, edit its files, bring it in again.")
    return redirect("module_overview", pk=copy.pk)


def _attachment(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


@requires(Right.AUTHOR)
@require_safe
def module_export(request: MemberRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(
        ModuleVersion.objects.visible_to(request.member).select_related("module"), pk=pk
    )
    audit.record(
        "module.exported",
        organisation=request.member.organisation,
        actor=request.member,
        about=version.module,
        key=version.module.key,
        version=version.number,
    )
    return _attachment(exporting.export(version), f"{version.module.key}-{version.number}")


@requires(Right.AUTHOR)
@require_safe
def track_export(request: MemberRequest, pk: int) -> HttpResponse:
    track = get_object_or_404(Track.objects.visible_to(request.member), pk=pk)
    audit.record(
        "track.exported",
        organisation=request.member.organisation,
        actor=request.member,
        about=track,
        key=track.key,
    )
    return _attachment(exporting.export_track(track), track.key)


@requires(Right.AUTHOR)
@require_POST
def track_retire(request: MemberRequest, pk: int) -> HttpResponse:
    return _move_track(request, pk, retire=True)


@requires(Right.AUTHOR)
@require_POST
def track_restore(request: MemberRequest, pk: int) -> HttpResponse:
    return _move_track(request, pk, retire=False)


def _move_track(request: MemberRequest, pk: int, *, retire: bool) -> HttpResponse:
    visible = Track.objects.visible_to(request.member)
    own = visible.filter(organisation=request.member.organisation)
    track = fetch_or_refuse(own, visible, Right.AUTHOR, pk=pk)
    try:
        if retire:
            publishing.retire_track(track, by=request.member)
        else:
            publishing.restore_track(track, by=request.member)
    except publishing.AlreadySo:
        messages.info(request, "Somebody has done that already.")
    else:
        messages.success(request, f"{track} is {'retired' if retire else 'back'}.")
    return redirect("workshop")


@requires(Right.AUTHOR)
@require_safe
def module_preview(request: MemberRequest, pk: int) -> HttpResponse:
    aims = Prefetch("aims", Aim.objects.select_related("competency").order_by("competency__order"))
    versions = ModuleVersion.objects.visible_to(request.member).defer("files")
    version = get_object_or_404(
        versions.select_related("module").prefetch_related("steps", aims), pk=pk
    )
    return render(
        request,
        "curriculum/module_preview.html",
        {
            "version": version,
            "module": version.module,
            "steps": version.steps.all(),
            "aims": [(aim, LEVEL_NAMES[aim.level - 1]) for aim in version.aims.all()],
        },
    )


@requires(Right.AUTHOR)
@require_safe
def step_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The step as a learner sees it; of a kind that cannot be shown so, the source of its file."""
    steps = Step.objects.visible_to(request.member).select_related("version__module")
    step = get_object_or_404(steps, pk=pk)
    kind = kinds.step_kind(step.kind)
    if kind is not None and kind.preview is not None:
        return kind.preview(request, step)
    context: dict[str, Any] = {
        "step": step,
        "version": step.version,
        "module": step.version.module,
        "steps": step.version.steps.defer("html", "text"),
    }
    if step.kind == Step.Kind.LESSON:
        context["html"] = mark_safe(step.html)  # noqa: S308 - sanitised when it was brought in
    elif kind is not None:
        context["source"] = step.version.files.get(f"{kind.folder}/{step.key}{kind.suffix}", "")
    return render(request, "curriculum/step_preview.html", context)
