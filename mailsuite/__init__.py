"""mailsuite: a complete mail host in one process."""
