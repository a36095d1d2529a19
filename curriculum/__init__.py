"""What is taught: competencies, targets, tracks, modules and their immutable versions."""
