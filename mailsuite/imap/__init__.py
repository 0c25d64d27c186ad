"""The IMAP door (RFC 3501 and extensions)."""
