"""Reading a package from a folder or a zip: bounded before anything is parsed."""

from __future__ import annotations

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from curriculum.packages import kinds
from curriculum.packages.report import Fault

PACKED = 20_000_000
UNPACKED = 100_000_000
FILES = 1000
RATIO = 100
YAML_SIZE = 64_000
LESSON_SIZE = 200_000
LIMITS = {".yaml": YAML_SIZE, ".md": LESSON_SIZE}
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar", ".whl")
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


@dataclass(slots=True)
class Package:
    """The text of every file by its path in the package, and what was wrong while reading."""

    files: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, file: str, message: str, line: int = 0) -> None:
        self.faults.append(Fault(file, line, message))


def read_folder(root: Path) -> Package:
    """Every file below `root`; symbolic links are refused, not followed."""
    package = Package()
    if not root.is_dir():
        package.fault(root.name, "This is not a folder.")
        return package
    paths = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted([*folders, *names]):
            path = Path(folder) / name
            if path.is_symlink():
                package.fault(_relative(path, root), "Links to other files are not allowed.")
            elif path.is_file() and name not in LITTER:
                paths.append(path)
    if len(paths) > FILES:
        package.fault(root.name, f"There are {len(paths)} files; the limit is {FILES}.")
        return package
    for path in paths:
        name = _relative(path, root)
        limit = _limit(package, name)
        if limit and _small(package, name, path.stat().st_size, limit):
            _keep(package, name, path.read_bytes())
    return package


def read_zip(content: bytes, name: str = "package.zip") -> Package:
    """Every file of the archive, if the archive is what it says and stays within the limits."""
    package = Package()
    if len(content) > PACKED:
        package.fault(name, "The file is larger than 20 MB.")
        return package
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if _bounded(package, name, entries, len(content)):
                _read_entries(package, archive, entries)
    except UNREADABLE:
        package.fault(name, "This is not a zip file that can be read.")
    return package


def _bounded(package: Package, name: str, entries: list[zipfile.ZipInfo], packed: int) -> bool:
    """Whether the sizes the archive declares are bearable; nothing has been unpacked yet."""
    if len(entries) > FILES:
        package.fault(name, f"There are {len(entries)} files; the limit is {FILES}.")
        return False
    size = sum(entry.file_size for entry in entries)
    if size > UNPACKED:
        package.fault(name, "Unpacked, the files are larger than 100 MB.")
        return False
    if size > RATIO * packed:
        package.fault(name, f"The files are packed more than {RATIO} times, as in a zip bomb.")
        return False
    return True


def _read_entries(
    package: Package, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]
) -> None:
    names: dict[str, str] = {}
    wanted: list[tuple[zipfile.ZipInfo, str]] = []
    for entry in entries:
        path = _safe_name(package, entry)
        if path is None or entry.is_dir():
            continue
        same = path.casefold()
        if same in names:
            package.fault(path, "This file is in the archive twice.")
            continue
        names[same] = path
        wanted.append((entry, path))
    if package.faults:
        return
    prefix = _common_folder([path for _, path in wanted])
    for entry, path in wanted:
        short = path.removeprefix(prefix)
        limit = _limit(package, short)
        if limit and _small(package, short, entry.file_size, limit):
            _read_entry(package, archive, entry, short, limit)


def _read_entry(
    package: Package, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, limit: int
) -> None:
    if entry.file_size > 10_000 and entry.file_size > RATIO * max(1, entry.compress_size):
        package.fault(path, f"The file is packed more than {RATIO} times, as in a zip bomb.")
        return
    try:
        with archive.open(entry) as file:
            content = file.read(limit + 1)
            file.read(1)  # reaches the end, so that the checksum is compared
    except UNREADABLE:
        package.fault(path, "The file is damaged: it does not unpack to what the archive says.")
        return
    if len(content) != entry.file_size:
        package.fault(path, "The file is damaged: its size is not what the archive says.")
        return
    _keep(package, path, content)


def _safe_name(package: Package, entry: zipfile.ZipInfo) -> str | None:
    """The entry's path, normalised; None for what is refused or is litter of a file manager."""
    # zipfile cuts a name at NUL and turns backslashes on Windows only: judge what was written.
    raw = entry.orig_filename
    path = unicodedata.normalize("NFC", raw)
    shown = repr(raw)[1:-1][:120]
    mode = entry.external_attr >> 16
    parts = path.rstrip("/").split("/")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        package.fault(shown, "Links and special files are not allowed.")
    elif entry.flag_bits & 0x1:
        package.fault(shown, "The file is encrypted.")
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        package.fault(shown, "The file is packed in a way that is not supported; use plain zip.")
    elif (
        not path
        or path != raw
        or "\\" in path
        or ":" in path
        or any(part in ("", ".", "..") for part in parts)
        or any(unicodedata.category(letter).startswith("C") for letter in path)
        or len(path) > 240
    ):
        package.fault(shown, "This is not a file name that a package may have.")
    elif parts[0] == "__MACOSX" or parts[-1] in LITTER:
        return None
    elif path.casefold().endswith(ARCHIVES):
        package.fault(shown, "An archive inside the archive is not allowed.")
    else:
        return path
    return None


def _common_folder(paths: list[str]) -> str:
    """`F1-export/` if somebody packed the folder and not what is in it."""
    if "package.yaml" in paths or not paths:
        return ""
    top = paths[0].split("/")[0] + "/"
    whole = all(path.startswith(top) for path in paths)
    return top if whole and top[:-1] not in _known() else ""


def _known() -> set[str]:
    own = {"competencies", "job-roles", "tracks", "modules"}
    return own | {kind.folder for kind in kinds.folder_kinds()}


def _limit(package: Package, path: str) -> int | None:
    limit = LIMITS.get(PurePosixPath(path).suffix)
    # Where it may stand is for the checks to say.
    if any(PurePosixPath(path).name in kind.extra for kind in kinds.folder_kinds()):
        limit = YAML_SIZE
    if limit is None:
        package.fault(path, "A package holds .yaml and .md files alone.")
    return limit


def _small(package: Package, path: str, size: int, limit: int) -> bool:
    if size > limit:
        package.fault(path, f"The file has {size // 1000} kB; the limit is {limit // 1000} kB.")
    return size <= limit


def _keep(package: Package, path: str, content: bytes) -> None:
    """Decodes one file: UTF-8, line ends as LF, no control characters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        package.fault(path, "The file is not UTF-8 text.", line)
        return
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line_text in enumerate(text.split("\n"), 1):
        if any((letter < " " and letter != "\t") or letter == "\x7f" for letter in line_text):
            package.fault(path, "There is a control character in this line.", number)
            return
    package.files[path] = text


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
