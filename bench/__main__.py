"""Sets up a site of its own in a temporary folder, measures it and prints one table."""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST, LONGEST_QUICK = 330, 80  # seconds after which no further case begins


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 run.py bench", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="see --list")
    parser.add_argument("--quick", action="store_true", help="1,000 members at most; under 90 s")
    parser.add_argument("--patient", action="store_true", help="no end: for a busy machine")
    parser.add_argument("--list", action="store_true", help="the names of all cases")
    options = parser.parse_args()
    kept = Path(os.environ.get("TUTTI_VAR", ROOT / "var"))
    with tempfile.TemporaryDirectory(prefix="tutti-bench-") as folder:
        os.environ["TUTTI_VAR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        os.environ["HASHED_STATIC"] = "1"
        # The embedded broker, in that folder: no jobs for a worker that is not ours.
        os.environ.pop("BROKER_URL_FILE", None)
        os.environ["BROKER_URL"] = ""
        import django

        django.setup()
        from bench import running

        if options.list:
            print("\n".join(running.names()))
            return 0
        longest = LONGEST_QUICK if options.quick else LONGEST
        until = math.inf if options.patient else time.monotonic() + longest
        return running.run(Path(folder), kept, options.only, options.quick, until)


if __name__ == "__main__":
    sys.exit(main())
