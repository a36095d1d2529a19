"""The package format: reading, checking, loading and exporting."""
