"""Models that answer for agents: accounts, prompts, answers, sealed keys."""
