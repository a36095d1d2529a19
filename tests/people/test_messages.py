"""A mail is written once, sent once, and not at all to somebody who has left."""

from __future__ import annotations

import pytest
from django.core import mail

from people import clock, jobs, messages
from people.models import BackgroundJob, Message
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_kinds", dict(messages._kinds))
    messages.register_kind("test/notice", "this is a test")
    messages.register_kind("test/secret", "this is a test", secret=True)


def post(cast: Cast, key: str = "one", kind: str = "test/notice") -> Message | None:
    return messages.post(
        kind,
        to=cast.amina.user.email,
        subject="A line\nof\tsubject",
        text="Hello",
        key=key,
        member=cast.amina,
        organisation=cast.organisation,
    )


def deliver() -> None:
    for job in BackgroundJob.objects.filter(kind=messages.SEND).order_by("pk"):
        jobs.run(job.pk)


def test_the_same_key_writes_one_row(cast: Cast) -> None:
    assert post(cast) is not None
    assert post(cast) is None
    assert Message.objects.count() == 1
    assert BackgroundJob.objects.filter(kind=messages.SEND).count() == 1


def test_a_mail_goes_out_once_and_says_why_one_gets_it(cast: Cast) -> None:
    message = post(cast)
    assert message is not None
    deliver()
    jobs.queue(messages.SEND, subject=message)
    deliver()
    (sent,) = mail.outbox
    assert sent.subject == "A line of subject"
    assert sent.to == [cast.amina.user.email]
    assert "You get this mail because this is a test." in sent.body
    message.refresh_from_db()
    assert message.sent_at is not None


def test_a_mail_server_that_is_away_means_another_try(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post(cast)
    assert message is not None
    with monkeypatch.context() as away:

        def refuse(*_: object) -> None:
            raise ConnectionRefusedError("mail server away")

        away.setattr("django.core.mail.EmailMessage.send", refuse)
        deliver()
    message.refresh_from_db()
    assert message.sent_at is None
    BackgroundJob.objects.update(due_at=clock.now())
    deliver()
    assert len(mail.outbox) == 1


def test_somebody_deactivated_meanwhile_gets_nothing(cast: Cast) -> None:
    post(cast)
    cast.amina.deactivated_at = clock.now()
    cast.amina.save()
    deliver()
    assert mail.outbox == []
    assert not BackgroundJob.objects.exclude(state=BackgroundJob.State.DONE).exists()


def test_nothing_is_written_to_somebody_deactivated(cast: Cast) -> None:
    cast.amina.deactivated_at = clock.now()
    assert messages.write("people/invitation", cast.amina, key="x") is None


def test_a_secret_is_forgotten_once_it_was_sent(cast: Cast) -> None:
    message = post(cast, kind="test/secret")
    assert message is not None
    deliver()
    message.refresh_from_db()
    assert "Hello" not in message.text
    assert "Hello" in mail.outbox[0].body


def test_a_name_cannot_add_a_header(cast: Cast) -> None:
    messages.post(
        "test/notice", to="a@example.test", subject="x\r\nBcc: b@example.test", text="", key="k"
    )
    deliver()
    assert mail.outbox[0].subject == "x Bcc: b@example.test"
    assert mail.outbox[0].recipients() == ["a@example.test"]
