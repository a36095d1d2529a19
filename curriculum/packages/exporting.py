"""Writing a module version or a track as a package that loads again to the same content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import yaml

from curriculum.models import ModuleVersion, Track
from curriculum.packages import kinds
from curriculum.packages.reading import Package

# The same content makes the same bytes, whenever it is exported.
MOMENT = (1980, 1, 1, 0, 0, 0)
LICENCE = "CC-BY-4.0"


def export(version: ModuleVersion) -> bytes:
    """The module's folder with a `package.yaml` beside it, as a zip."""
    return pack(files_of(version))


def files_of(version: ModuleVersion) -> dict[str, str]:
    """The export of a module version as paths and texts."""
    module = version.module
    start = head(module.key.lower(), version.title, module.organisation_id is None)
    return {"package.yaml": start, **_folder(version)}


def package_of(version: ModuleVersion) -> Package:
    """The export as if it had been read again: for copying a module."""
    return Package(files=files_of(version))


def export_track(track: Track) -> bytes:
    """The track with those of its modules that have the same owner, each as it is published.

    A module that was never published goes along as its draft. Built-in modules of an
    organisation's track are left out: they are known wherever it is loaded.
    """
    places = track.places.select_related("module__published_version").order_by("order")
    modules = [place.module for place in places]
    own = [module for module in modules if module.organisation_id == track.organisation_id]
    files = {
        "package.yaml": head(track.key, track.title, track.organisation_id is None),
        f"tracks/{track.key}.yaml": _yaml(
            {
                "id": track.key,
                "title": track.title,
                "summary": track.summary,
                "layer": track.layer or None,
                "modules": [module.key for module in modules],
            }
        ),
    }
    for module in own:
        version = module.published_version or module.versions.order_by("-number").first()
        if version is not None:
            version.module = module
            files |= _folder(version)
    return pack(files)


def _folder(version: ModuleVersion) -> dict[str, str]:
    base = f"modules/{version.module.key}/"
    files = {base + path: text for path, text in sorted(version.files.items())}
    taking = {name: kind.along for name, kind in kinds.registered().items() if kind.along}
    for step in version.steps.filter(kind__in=taking).defer("html", "text"):
        step.version = version
        files |= taking[step.kind](step)
    return files


def head(key: str, title: str, built_in: bool) -> str:
    """The `package.yaml` of an export."""
    licence = {"licence": LICENCE} if built_in else {}
    return _yaml({"format": 1, "id": key, "title": title, **licence})


def _yaml(document: dict[str, object]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def pack(files: Mapping[str, str]) -> bytes:
    """The files as a zip: the same content makes the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text.encode())
    return packed.getvalue()
