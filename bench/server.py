"""One gunicorn worker on a free port of this machine, and the CPU time that it has used."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


class NoServer(Exception):
    """The server did not come up; the message ends with its log."""


def cpu_of(pid: int) -> float:
    """Seconds of CPU that the process has used, all threads, to the microsecond.

    Linux counts an id for the CPU clock of any process; /proc/PID/stat says the same in steps of
    10 ms, which is too coarse for one page.
    """
    return time.clock_gettime((~pid << 3) | 2)


class Server:
    """The site and the floors in one process; use as a context."""

    def __init__(self, folder: Path, *, hashed: bool) -> None:
        self.folder = folder
        self.hashed = hashed
        self.port = 0
        self.worker = 0

    def __enter__(self) -> Server:
        self.log = self.folder / "web.log"
        with self.log.open("wb") as log:
            self.master = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "bench.wsgi", "--bind", "127.0.0.1:0"),
                    *("--workers", "1", "--worker-class", "gthread", "--threads", "1"),
                    *("--keep-alive", "60", "--timeout", "300", "--log-level", "info"),
                ],
                cwd=ROOT,
                env={**os.environ, "HASHED_STATIC": "1" if self.hashed else "0"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self.master.terminate()
        try:
            self.master.wait(10)
        except subprocess.TimeoutExpired:
            self.master.kill()
            self.master.wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.master.poll() is None:
            written = self.log.read_text(errors="replace")
            if "Listening at: http://127.0.0.1:" in written and "Booting worker" in written:
                after = written.split("Listening at: http://127.0.0.1:")[1]
                self.port = int(after.split()[0])
                self.worker = int(written.split("Booting worker with pid: ")[1].split()[0])
                self._ask_once()
                return
            time.sleep(0.05)
        raise NoServer(self.log.read_text(errors="replace")[-3000:])

    def _ask_once(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/floor/page/0/")
            status = connection.getresponse().status
        except OSError as error:
            raise NoServer(f"{error}\n{self.log.read_text()[-3000:]}") from error
        finally:
            connection.close()
        if status != 200:
            raise NoServer(f"status {status}\n{self.log.read_text()[-3000:]}")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """CPU seconds of the web worker, and on PostgreSQL of the backends that serve it."""
        return cpu_of(self.worker) + sum(cpu_of(pid) for pid in self.backends())

    def backends(self) -> list[int]:
        """Ids of the database's processes for this database but ours; none where they are away."""
        if connection.vendor != "postgresql":
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            pids = [row[0] for row in cursor.fetchall()]
        return [pid for pid in pids if Path(f"/proc/{pid}/stat").exists()]
