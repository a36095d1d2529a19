"""Who answers for the agents: a script, a stored trail, or a live model."""
