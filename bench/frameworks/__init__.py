"""The same run in other people's frameworks; only the benchmark's own environment plays these."""
