"""The rehearsal: scenarios, the engine that plays them, and the runs of members."""
