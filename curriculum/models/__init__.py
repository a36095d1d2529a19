"""The models of curriculum, one topic a file."""

from curriculum.models.framework import (
    Behaviour,
    Competency,
    Crosswalk,
    Domain,
    InteractionPoint,
    Target,
)
from curriculum.models.law import LawEntry
from curriculum.models.modules import (
    Aim,
    Module,
    ModuleVersion,
    PublishEntry,
    Step,
)
from curriculum.models.packages import PackageUpload
from curriculum.models.tracks import JobRoleTrack, Track, TrackModule
from people.published import PublishedError

__all__ = [
    "Aim",
    "Behaviour",
    "Competency",
    "Crosswalk",
    "Domain",
    "InteractionPoint",
    "JobRoleTrack",
    "LawEntry",
    "Module",
    "ModuleVersion",
    "PackageUpload",
    "PublishEntry",
    "PublishedError",
    "Step",
    "Target",
    "Track",
    "TrackModule",
]
