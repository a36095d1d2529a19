"""Checks an exported trail: python verify_trail.py trail.jsonl. Needs Python and nothing else."""

import hashlib
import json
import sys

previous, expected = "0" * 64, 1
with open(sys.argv[1], encoding="utf-8") as trail:
    for number, line in enumerate(trail, 1):
        try:
            hashed, body = json.loads(line)
            seq = json.loads(body)[0]
        except (ValueError, TypeError, IndexError):
            sys.exit(f"BROKEN at line {number}: it is no event")
        if seq != expected:
            sys.exit(f"BROKEN at event {seq}: event {expected} is missing")
        if hashlib.sha256((previous + body).encode()).hexdigest() != hashed:
            sys.exit(f"BROKEN at event {seq}: its hash is not that of its content")
        previous, expected = hashed, expected + 1
print(f"whole: {expected - 1} events, head {previous}")
