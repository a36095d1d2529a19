"""The rehearsal engine: pure, deterministic, and without Django, files, clock or network."""
