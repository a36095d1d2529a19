"""Published versions never change; publishing, retiring and exporting are written down."""

from __future__ import annotations

import pytest

from curriculum import publishing, uploads
from curriculum.models import Aim, Module, ModuleVersion, PublishedError, PublishEntry, Step, Track
from curriculum.packages import exporting
from curriculum.packages.loading import load
from curriculum.packages.reading import read_zip
from curriculum.signals import impact_asked
from people.append_only import AppendOnlyError
from people.models import AuditEvent
from tests.conftest import Cast
from tests.curriculum.packages import LESSON_PATH, edited, package


@pytest.fixture
def published(own: Module, cast: Cast) -> ModuleVersion:
    version = own.versions.get()
    publishing.publish(version, by=cast.joanna, note="First time.")
    return version


def test_publishing_makes_the_draft_current_and_is_logged(
    published: ModuleVersion, cast: Cast
) -> None:
    module = Module.objects.get(pk=published.module_id)
    assert module.published_version == published
    assert published.state == "published"
    assert published.published_at is not None
    entry = PublishEntry.objects.get()
    assert (entry.action, entry.by, entry.note) == ("published", cast.joanna, "First time.")
    event = AuditEvent.objects.get(action="module.published")
    assert (event.organisation, event.actor) == (cast.organisation, cast.joanna)
    assert event.detail["version"] == 1


def test_a_draft_is_published_once(published: ModuleVersion, cast: Cast) -> None:
    with pytest.raises(publishing.NotADraft):
        publishing.publish(published, by=cast.joanna)
    assert PublishEntry.objects.count() == 1


def test_the_next_version_takes_the_place_of_the_first(
    published: ModuleVersion, cast: Cast
) -> None:
    changed = edited(LESSON_PATH, "title: Read the trail", "title: Read it first")
    load(package(changed), organisation=cast.organisation, by=cast.joanna, publish=True)
    published.refresh_from_db()
    module = Module.objects.get(pk=published.module_id)
    assert published.state == "retired"
    assert module.published_version is not None
    assert module.published_version.number == 2
    assert published.steps.filter(title="Read the trail").exists()


def test_who_is_affected_is_asked_and_kept(own: Module, cast: Cast) -> None:
    def answer(sender: object, module: Module, **kwargs: object) -> dict[str, int]:
        return {"on the moon": 41 if module == own else 0}

    def silent(sender: object, **kwargs: object) -> None:
        return None

    impact_asked.connect(answer)
    impact_asked.connect(silent)
    try:
        entry = publishing.publish(own.versions.get(), by=cast.joanna)
    finally:
        impact_asked.disconnect(answer)
        impact_asked.disconnect(silent)
    assert entry.impact["on the moon"] == 41


def test_a_published_version_refuses_every_change(published: ModuleVersion) -> None:
    stale = ModuleVersion.objects.get(pk=published.pk)
    stale.state = "draft"  # in memory only: the row decides
    stale.title = "Something else"
    with pytest.raises(PublishedError):
        stale.save()
    with pytest.raises(PublishedError):
        stale.delete()
    with pytest.raises(PublishedError):
        ModuleVersion.objects.filter(pk=published.pk).update(title="Something else")
    with pytest.raises(PublishedError):
        ModuleVersion.objects.filter(pk=published.pk).delete()
    published.refresh_from_db()
    assert published.title == "Taking over well"


def test_the_parts_of_a_published_version_refuse_every_change(published: ModuleVersion) -> None:
    step = published.steps.get(key="read-the-trail")
    aim = published.aims.get()
    step.html = aim.level = 3  # type: ignore[assignment]
    for part in (step, aim):
        with pytest.raises(PublishedError):
            part.save()
        with pytest.raises(PublishedError):
            part.delete()
    with pytest.raises(PublishedError):
        published.steps.update(html="")
    with pytest.raises(PublishedError):
        published.aims.all().delete()
    with pytest.raises(PublishedError):
        Step.objects.create(version=published, kind="lesson", key="new", order=9, title="New")
    with pytest.raises(PublishedError):
        Aim.objects.create(version=published, competency_id="U2", level=1)


def test_a_draft_may_change(own: Module) -> None:
    version = own.versions.get()
    version.title = "Better"
    version.save()
    version.steps.update(title="Better")
    version.delete()
    assert not Step.objects.exists()


def test_the_log_is_never_changed(published: ModuleVersion) -> None:
    entry = PublishEntry.objects.get()
    entry.note = "Otherwise"
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        PublishEntry.objects.all().delete()


def test_retiring_and_restoring_are_logged_and_happen_once(
    published: ModuleVersion, cast: Cast
) -> None:
    module = Module.objects.get(pk=published.module_id)
    publishing.retire(module, by=cast.joanna, note="Out of date.")
    assert not Module.objects.published().exists()
    with pytest.raises(publishing.AlreadySo):
        publishing.retire(module, by=cast.joanna)
    publishing.restore(module, by=cast.joanna)
    assert Module.objects.published().get() == module
    with pytest.raises(publishing.AlreadySo):
        publishing.restore(module, by=cast.joanna)
    actions = list(PublishEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["published", "retired", "restored"]


def test_a_module_that_was_never_published_cannot_be_retired(own: Module, cast: Cast) -> None:
    with pytest.raises(publishing.AlreadySo):
        publishing.retire(own, by=cast.joanna)


def test_a_track_is_retired_and_restored(own: Module, cast: Cast) -> None:
    track = Track.objects.get()
    publishing.retire_track(track, by=cast.joanna)
    assert not Track.objects.current().exists()
    with pytest.raises(publishing.AlreadySo):
        publishing.retire_track(track, by=cast.joanna)
    publishing.restore_track(track, by=cast.joanna)
    assert Track.objects.current().exists()


def test_an_export_loads_again_to_the_same_content(
    own: Module, cast: Cast, elsewhere: Cast
) -> None:
    version = own.versions.get()
    content = exporting.export(version)
    assert content == exporting.export(version), "the same bytes whenever it is exported"
    again = load(read_zip(content), organisation=cast.organisation, by=cast.joanna)
    assert [change.state for change in again.changes] == ["unchanged"]
    report = load(read_zip(content), organisation=elsewhere.organisation, by=elsewhere.joanna)
    assert report.ok, report.faults
    copy = ModuleVersion.objects.get(module__organisation=elsewhere.organisation)
    assert copy.digest == version.digest
    assert exporting.export(copy) == content


def test_a_track_s_export_loads_elsewhere(own: Module, cast: Cast, elsewhere: Cast) -> None:
    content = exporting.export_track(Track.objects.get())
    report = load(read_zip(content), organisation=elsewhere.organisation, by=elsewhere.joanna)
    assert report.ok, report.faults
    track = Track.objects.get(organisation=elsewhere.organisation)
    assert [module.key for module in track.modules.all()] == ["M1"]
    assert track.title == "Care desk"


def test_a_built_in_module_is_adapted_by_copying(built_in: Module, cast: Cast) -> None:
    version = built_in.published_version
    assert version is not None
    report = uploads.adapt(version, by=cast.joanna)
    assert report.ok, report.faults
    copy = Module.objects.get(organisation=cast.organisation)
    assert copy.key == built_in.key
    assert copy.versions.get().digest == version.digest
    assert copy.versions.get().state == "draft"
    assert AuditEvent.objects.filter(action="module.copied").exists()
