"""The pages of learning, one topic a file."""
