"""What checking a password costs, beside Django's default."""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median

from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher, get_hasher

from bench.cases import Bench, case
from bench.report import Row

BUDGET = 30.0  # ms of CPU
PASSWORD = "correct horse battery staple"


@case("sign-in")
def sign_in(bench: Bench) -> Iterable[Row]:
    tries = 5 if bench.quick else 15
    own = check_cost(get_hasher("default"), tries)
    usual = check_cost(PBKDF2PasswordHasher(), max(3, tries // 3))
    yield Row(
        "sign-in: checking a password (Argon2id)",
        f"{own:.1f} ms CPU",
        f"≤ {BUDGET:.0f} ms",
        own <= BUDGET,
        note=f"Django's default PBKDF2: {usual:.0f} ms CPU",
    )


def check_cost(hasher: BasePasswordHasher, tries: int) -> float:
    """Milliseconds of CPU of one check, all threads."""
    encoded = hasher.encode(PASSWORD, hasher.salt())
    spent = []
    for _ in range(tries):
        before = time.process_time()
        assert hasher.verify(PASSWORD, encoded)
        spent.append(time.process_time() - before)
    return median(spent) * 1000
