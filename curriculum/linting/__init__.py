"""The content linter: what is allowed in a package and yet not well made."""

from curriculum.linting.linter import lint

__all__ = ["lint"]
