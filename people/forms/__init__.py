"""The forms of people, one topic a file."""
