"""Keyed chance: every draw depends on its name alone, so one more question shifts no other draw."""

from __future__ import annotations

from hashlib import sha256

_SCALE = 1.0 / (1 << 56)


class Chance:
    """Uniform draws in [0, 1) from SHA-256 over (scenario digest, seed, name of the draw)."""

    __slots__ = ("_base",)

    def __init__(self, digest: str, seed: int) -> None:
        self._base = sha256(f"{digest}|{seed}|".encode())

    def draw(self, name: str) -> float:
        hashed = self._base.copy()
        hashed.update(name.encode())
        return int.from_bytes(hashed.digest()[:7], "big") * _SCALE

    def order(self, name: str, values: list[str]) -> list[str]:
        """The values in an order of their own for this seed and name."""
        return sorted(values, key=lambda value: self.draw(f"{name}|{value}"))

    def salt(self) -> str:
        """What makes a seal impossible to guess from outside; 128 bits as hexadecimal digits."""
        hashed = self._base.copy()
        hashed.update(b"salt")
        return hashed.hexdigest()[:32]
