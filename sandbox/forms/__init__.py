"""The forms of the sandbox."""
