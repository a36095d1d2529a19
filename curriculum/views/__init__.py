"""The pages of curriculum: the trainer's workshop and an organisation's job roles."""
