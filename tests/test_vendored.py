"""What is vendored is what the manifest says, and nothing else lies there."""

import hashlib
import json

from django.conf import settings

VENDOR = settings.BASE_DIR / "static" / "vendor"


def test_every_vendored_file_has_its_manifest_entry_with_the_right_digest() -> None:
    entries = json.loads((VENDOR / "manifest.json").read_text())["files"]
    for entry in entries:
        content = (VENDOR / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]
        assert (VENDOR / entry["licence_text"]).exists()
    named = {entry["path"] for entry in entries} | {entry["licence_text"] for entry in entries}
    lying = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()}
    assert lying - named == {"manifest.json"}


def test_locks_name_no_host() -> None:
    for lock in (settings.BASE_DIR / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
