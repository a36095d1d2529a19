"""A trainer's package: taken in, checked in a background job, brought in as drafts."""

from __future__ import annotations

from django.db import transaction

from curriculum.linting import lint
from curriculum.linting.behind import behind
from curriculum.models import ModuleVersion, PackageUpload
from curriculum.packages import exporting, loading
from curriculum.packages.reading import read_zip
from curriculum.packages.report import Report
from people import audit, jobs
from people.models import BackgroundJob, Member

CHECK = "check-package"
ADVICE_KEYS = ("advice", "advice_left_out")


@transaction.atomic
def take_in(content: bytes, file_name: str, *, by: Member) -> PackageUpload:
    """Keeps the file and queues its check; nothing in it has been looked at yet."""
    upload = PackageUpload.objects.create(
        organisation=by.organisation,
        uploaded_by=by,
        file_name=file_name[-200:],
        content=content,
    )
    audit.record(
        "package.uploaded",
        organisation=by.organisation,
        actor=by,
        about=upload,
        file=upload.file_name,
        bytes=len(content),
    )
    jobs.queue(CHECK, organisation=by.organisation, subject=upload)
    return upload


def check_package(job: BackgroundJob) -> None:
    """The background job: writes the report on the upload, and nothing else."""
    assert job.subject_id is not None
    upload = (
        PackageUpload.objects.filter(pk=job.subject_id, state=PackageUpload.State.WAITING)
        .select_related("organisation")
        .first()
    )
    if upload is None:  # done by an earlier attempt, or taken away
        return
    package = read_zip(bytes(upload.content), upload.file_name)
    report, checked = loading.examine(package, organisation=upload.organisation)
    if report.ok:  # the linter's advice, which never keeps a package out
        rests_on = behind(upload.organisation)
        report.findings = lint(checked, built_in=False, behind=rests_on)
    _settle(upload, report, PackageUpload.State.WAITING, PackageUpload.State.CLEAN)


def bring_in(upload: PackageUpload, *, by: Member) -> Report | None:
    """Writes a clean package as drafts; None if somebody has done so in the meantime.

    It is checked again, because what it refers to may have changed since.
    """
    package = read_zip(bytes(upload.content), upload.file_name)
    report, checked = loading.examine(package, organisation=upload.organisation)
    with transaction.atomic():
        taken = _settle(upload, report, PackageUpload.State.CLEAN, PackageUpload.State.LOADED)
        if not taken:
            return None
        if report.ok:
            loading.write(checked, organisation=upload.organisation, by=by)
            audit.record(
                "package.loaded",
                organisation=upload.organisation,
                actor=by,
                about=upload,
                changes=[f"{each.what} {each.id} {each.state}" for each in report.changes],
            )
    return report


def adapt(version: ModuleVersion, *, by: Member) -> Report:
    """Copies a built-in module into the organisation as a draft, by way of its export."""
    package = exporting.package_of(version)
    report, checked = loading.examine(package, organisation=by.organisation)
    if report.ok:
        with transaction.atomic():
            loading.write(checked, organisation=by.organisation, by=by)
            audit.record(
                "module.copied",
                organisation=by.organisation,
                actor=by,
                about=version.module,
                key=version.module.key,
                version=version.number,
            )
    return report


def _settle(
    upload: PackageUpload,
    report: Report,
    before: PackageUpload.State,
    after: PackageUpload.State,
) -> bool:
    """Moves the upload on, once. The file itself is kept only while it may still be brought in,
    and the advice of the first check for good: nobody waits for the linter twice."""
    state = after if report.ok else PackageUpload.State.REFUSED
    advice = {key: upload.report[key] for key in ADVICE_KEYS if key in upload.report}
    values: dict[str, object] = {"state": state, "report": {**report.as_json(), **advice}}
    if state != PackageUpload.State.CLEAN:
        values["content"] = b""
    return bool(PackageUpload.objects.filter(pk=upload.pk, state=before).update(**values))
