"""The page on which a learner designs the process."""
