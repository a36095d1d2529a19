"""The demo organisation: a fictional company whose seven months were played, not written."""
