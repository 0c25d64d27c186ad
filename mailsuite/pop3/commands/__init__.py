"""One file a base command of POP3."""
