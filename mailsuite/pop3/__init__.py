"""The POP3 door (RFC 1939)."""
