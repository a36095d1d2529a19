"""The trail as people see it: in words, and drawn as a score."""
