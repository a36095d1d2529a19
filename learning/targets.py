"""A job role asks for something else: its people's standings and rollups follow, in the background.

Pages that claim read the targets themselves and are right at once; this brings along what the team
page sorts and adds up.
"""

from __future__ import annotations

from learning import framework, standing
from people import jobs
from people.models import BackgroundJob, JobRole, Member

KIND = "job-role-standings"


def receive(sender: object, job_role: JobRole, **_: object) -> None:
    """The receiver of curriculum's `targets_changed`, inside the transaction of the change.

    A job role that nobody has needs no work; whoever gets it later is worked out then.
    """
    framework.forget()  # a library that brings new targets may bring competencies too
    if Member.objects.filter(job_role=job_role).exists():
        jobs.queue(KIND, organisation=job_role.organisation, subject=job_role)


def run(job: BackgroundJob) -> None:
    """The handler. Team by team, so that a batch touches few rollups; each is a transaction.

    A built-in job role has people in many organisations.
    """
    framework.forget()  # the change came from another process
    people = Member.objects.filter(job_role=job.subject_id or 0)
    ids = list(people.order_by("organisation", "team__path", "pk").values_list("pk", flat=True))
    for low in range(0, len(ids), standing.BATCH):
        jobs.beat(job, done=low, total=len(ids))
        standing.refresh(ids[low : low + standing.BATCH])
    jobs.beat(job, done=len(ids), total=len(ids))
