"""An organisation, its tree of teams and its job roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from people import clock

if TYPE_CHECKING:
    from people.models.members import Member


class Layer(models.TextChoices):
    """The six layers; every job role belongs to one."""

    EXECUTIVE = "executive", "Executive"
    OPERATIONS = "operations", "Operations"
    PRODUCT = "product", "Product"
    CUSTOMER = "customer", "Customer-facing"
    GOVERNANCE = "governance", "Governance"
    TECHNICAL = "technical", "Technical"


class Organisation(models.Model):
    """A tenant: nothing of it is ever seen from another one."""

    class ManagersSee(models.TextChoices):
        STATUS = "status", "Status and gap"
        ANSWERS = "answers", "Everything, down to the answers"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    managers_see = models.CharField(
        max_length=10, choices=ManagersSee.choices, default=ManagersSee.STATUS
    )
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class TeamQuerySet(models.QuerySet["Team"]):
    def below(self, teams: list[Team]) -> Self:
        """These teams and every team under them."""
        if not teams:
            return self.none()
        rule = models.Q()
        for team in teams:
            rule |= models.Q(path__startswith=team.path)
        return self.filter(rule, organisation_id=teams[0].organisation_id)


class Team(models.Model):
    """A node of an organisation's tree; `path` holds the ids from the root, as `/3/17/`."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="teams")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=120)
    path = models.CharField(max_length=1000, editable=False, default="")
    managers = models.ManyToManyField("people.Member", related_name="managed_teams", blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "parent", "name"], name="team_name_once_per_parent"
            ),
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=models.Q(parent=None),
                name="root_team_name_once",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "path"], name="team_by_path")]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps `path` true, for this team and all below it (one query a moved team)."""
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        base = self.parent.path if self.parent else "/"
        path = f"{base}{self.pk}/"
        if path != self.path:
            self.path = path
            type(self).objects.filter(pk=self.pk).update(path=path)
            for child in self.children.all():
                child.parent = self
                child.save()

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 2

    def is_within(self, other: Team) -> bool:
        """Whether this team is `other` or below it."""
        return self.path.startswith(other.path)


class JobRoleQuerySet(models.QuerySet["JobRole"]):
    def visible_to(self, member: Member) -> Self:
        """The six built-in ones and the organisation's own."""
        return self.filter(
            models.Q(organisation=None) | models.Q(organisation_id=member.organisation_id)
        )


class JobRole(models.Model):
    """What a member does for a living; without an organisation it is one of the six built-in."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="job_roles"
    )
    key = models.SlugField(max_length=60)
    layer = models.CharField(max_length=12, choices=Layer.choices)
    name = models.CharField(max_length=80)
    summary = models.TextField(blank=True)

    objects = JobRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="job_role_key_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(organisation=None),
                name="built_in_job_role_key_once",
            ),
        ]
        ordering = ["layer", "name"]

    def __str__(self) -> str:
        return self.name
