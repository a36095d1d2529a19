"""What a run showed once it is over: questions, opened seals, branches, others beside it."""
