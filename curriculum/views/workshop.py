"""The workshop's first page, and packages: upload, report, bringing in."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum import uploads
from curriculum.forms import PackageForm
from curriculum.models import Module, ModuleVersion, PackageUpload, Track
from people.access import Right, requires
from people.http import MemberRequest


def _with_versions(modules: QuerySet[Module]) -> QuerySet[Module]:
    """Adds the number of the draft and of the published version."""
    drafts = ModuleVersion.objects.filter(module=OuterRef("pk"), state=ModuleVersion.State.DRAFT)
    return modules.annotate(
        draft_number=Subquery(drafts.values("number")[:1]),
        published_number=F("published_version__number"),
        published_at=F("published_version__published_at"),
    )


@requires(Right.AUTHOR)
@require_safe
def workshop(request: MemberRequest) -> HttpResponse:
    member = request.member
    own = Module.objects.editable_by(member)
    tracks = Track.objects.visible_to(member).annotate(modules_in_it=Count("places"))
    return render(
        request,
        "curriculum/workshop.html",
        {
            "own": _with_versions(own),
            "built_in": _with_versions(Module.objects.filter(organisation=None)),
            "tracks": tracks.order_by("organisation_id", "title"),
            "uploads": PackageUpload.objects.visible_to(member)
            .defer("content", "report")
            .select_related("uploaded_by__user")[:8],
        },
    )


@requires(Right.AUTHOR)
@require_http_methods(["GET", "HEAD", "POST"])
def package_upload(request: MemberRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = PackageForm(request.POST, request.FILES) if posted else PackageForm()
    if posted and form.is_valid():
        file = form.cleaned_data["package"]
        upload = uploads.take_in(file.read(), file.name, by=request.member)
        return redirect("package_report", pk=upload.pk)
    status = 400 if posted else 200
    return render(request, "curriculum/package_upload.html", {"form": form}, status=status)


@requires(Right.AUTHOR)
@require_safe
def package_report(request: MemberRequest, pk: int) -> HttpResponse:
    """The state of the check and its report; while it waits, HTMX asks for the part again."""
    mine = PackageUpload.objects.visible_to(request.member).defer("content")
    upload = get_object_or_404(mine.select_related("uploaded_by__user"), pk=pk)
    template = "package_state" if request.htmx else "package_report"
    changes = upload.report.get("changes", [])
    context = {
        "upload": upload,
        "errors": upload.report.get("errors", []),
        "left_out": upload.report.get("left_out", 0),
        "advice": upload.report.get("advice", []),
        "advice_left_out": upload.report.get("advice_left_out", 0),
        "changes": [each for each in changes if each["state"] != "unchanged"],
        "unchanged": [each for each in changes if each["state"] == "unchanged"],
        "loaded": _modules_of(request, changes) if upload.state == "loaded" else [],
    }
    return render(request, f"curriculum/{template}.html", context)


def _modules_of(request: MemberRequest, changes: list[dict[str, str]]) -> list[Module]:
    keys = [each["id"] for each in changes if each["what"] == "module"]
    return list(Module.objects.editable_by(request.member).filter(key__in=keys))


@requires(Right.AUTHOR)
@require_POST
def package_load(request: MemberRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(PackageUpload.objects.visible_to(request.member), pk=pk)
    if upload.state != PackageUpload.State.CLEAN:
        messages.info(request, "There is nothing to bring in: look at the report below.")
        return redirect("package_report", pk=pk)
    report = uploads.bring_in(upload, by=request.member)
    if report is None:
        messages.info(request, "Somebody has brought this package in already.")
    elif not report.ok:
        messages.warning(
            request, "Something it refers to has changed since the check. Nothing was written."
        )
    else:
        messages.success(request, "Brought in as drafts. Look at each before you publish it.")
    return redirect("package_report", pk=pk)
