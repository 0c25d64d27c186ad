"""One file an SMTP keyword, named for it."""
