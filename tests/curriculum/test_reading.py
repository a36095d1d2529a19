"""Hostile archives and folders are refused before anything in them is parsed."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from curriculum.packages import reading
from curriculum.packages.reading import Package, read_folder, read_zip
from tests.curriculum.packages import files, zipped


def messages(package: Package) -> str:
    return " ".join(str(fault) for fault in package.faults)


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as target:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            target.writestr(entry, content)
    return packed.getvalue()


def test_a_good_archive_is_read() -> None:
    package = read_zip(zipped(files()))
    assert package.faults == []
    assert package.files == files()


def test_the_folder_around_a_package_is_taken_off_and_litter_passed_over() -> None:
    wrapped = {f"my-package/{path}": text for path, text in files().items()}
    wrapped["__MACOSX/my-package/._package.yaml"] = "\x00"
    wrapped["my-package/.DS_Store"] = "\x00"
    package = read_zip(zipped(wrapped))
    assert package.faults == []
    assert package.files == files()


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    package = read_zip(zipped({"package.yaml": "﻿format: 1\r\nid: x\r\n"}))
    assert package.files == {"package.yaml": "format: 1\nid: x\n"}


@pytest.mark.parametrize(
    "name",
    [
        "../package.yaml",
        "modules/../../etc/passwd.yaml",
        "/etc/package.yaml",
        "modules//x.yaml",
        "./package.yaml",
        "C:/package.yaml",
        "modules\\M1\\module.yaml",
        "..\\package.yaml",
        "modules/M1/le\x07sson.md",
        "modules/M1/lesson.yaml\x00.png",
        "modules/M1/\u202egnp.yaml",
        "modules/M1/cafe\u0301.md",
        "x" * 300 + ".yaml",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    content = archive((name.replace("\x00", "N"), b"format: 1\n"))
    content = content.replace(name.replace("\x00", "N").encode(), name.encode())
    package = read_zip(content)
    assert "not a file name" in messages(package)
    assert package.files == {}


def test_a_bomb_is_refused_by_its_declared_size() -> None:
    entries = [(f"modules/M{n}/lessons/a.md", b"\0" * 1_000_000) for n in range(101)]
    assert "larger than 100 MB" in messages(read_zip(archive(*entries)))


def test_a_bomb_is_refused_by_its_ratio() -> None:
    package = read_zip(archive(("modules/M1/lessons/a.md", b" " * 5_000_000)))
    assert "zip bomb" in messages(package)
    noise = bytes(range(256)) * 700
    entries = [(f"x{n}.yaml", noise[n:]) for n in range(3)]
    bomb = ("modules/M1/lessons/a.md", b" " * 190_000)
    stuffing = [("y.yaml", b"".join(content for _, content in entries)[:60_000])]
    assert "zip bomb" in messages(read_zip(archive(bomb, *stuffing)))


def test_a_header_that_lies_about_the_size_is_found_out() -> None:
    content = bytearray(archive(("package.yaml", b"a" * 5000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(signature) + offset
        assert struct.unpack_from("<I", content, place)[0] == 5000
        struct.pack_into("<I", content, place, 10)
    package = read_zip(bytes(content))
    assert "damaged" in messages(package)
    assert package.files == {}


def test_a_wrong_checksum_is_found_out() -> None:
    content = bytearray(archive(("package.yaml", b"format: 1"), method=zipfile.ZIP_STORED))
    content[content.index(b"format")] ^= 1
    assert "damaged" in messages(read_zip(bytes(content)))


def test_an_encrypted_entry_is_refused() -> None:
    content = bytearray(archive(("package.yaml", b"format: 1")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in messages(read_zip(bytes(content)))


def test_a_symbolic_link_in_an_archive_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        entry = zipfile.ZipInfo("package.yaml")
        entry.external_attr = 0o120777 << 16
        target.writestr(entry, "/etc/passwd")
    package = read_zip(packed.getvalue())
    assert "Links" in messages(package)
    assert package.files == {}


def test_an_archive_in_the_archive_is_refused() -> None:
    inner = zipped(files())
    assert "inside the archive" in messages(read_zip(archive(("modules/inner.zip", inner))))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["package.yaml", "PACKAGE.YAML"])
def test_one_name_twice_is_refused(second: str) -> None:
    package = read_zip(archive(("package.yaml", b"format: 1"), (second, b"format: 2")))
    assert "twice" in messages(package)


def test_too_many_files_are_refused() -> None:
    entries = [(f"modules/M{n}/module.yaml", b"x") for n in range(1001)]
    assert "limit is 1000" in messages(read_zip(archive(*entries)))


def test_another_packing_is_refused() -> None:
    content = archive(("package.yaml", b"format: 1"), method=zipfile.ZIP_LZMA)
    assert "plain zip" in messages(read_zip(content))


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"hello", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"\0" * 400],
)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert "not a zip file" in messages(read_zip(content))


def test_every_cut_and_every_flipped_byte_is_survived() -> None:
    whole = zipped({"package.yaml": "format: 1\nid: x\ntitle: X\n"})
    for place in range(len(whole)):
        read_zip(whole[:place])
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        read_zip(bytes(flipped))


def test_more_than_20_mb_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PACKED", 100)
    assert "20 MB" in messages(read_zip(zipped(files())))


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    package = read_zip(archive(("package.yaml", "format: 1\ntitle: Café".encode("latin-1"))))
    assert [str(fault) for fault in package.faults] == [
        "package.yaml:2: The file is not UTF-8 text."
    ]


def test_a_control_character_is_refused_with_its_line() -> None:
    package = read_zip(archive(("package.yaml", b"format: 1\ntitle: a\x00b")))
    assert [fault.line for fault in package.faults] == [2]


def test_a_folder_with_a_link_out_of_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.yaml").write_text("format: 1\n")
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "a.yaml").symlink_to("/etc/passwd")
    (tmp_path / "modules").symlink_to("/etc")
    package = read_folder(tmp_path)
    assert {fault.file for fault in package.faults} == {"tracks/a.yaml", "modules"}
    assert set(package.files) == {"package.yaml"}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "not a folder" in messages(read_folder(tmp_path / "nothing"))
