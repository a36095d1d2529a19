"""The pages of people, one topic a file."""
