"""What the budgets are measured with: floors, cases and one table, all in one run."""
