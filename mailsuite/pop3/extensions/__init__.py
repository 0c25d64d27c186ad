"""One file an extension of POP3."""
