"""Organisations, teams, members, access, audit trail and background jobs."""
