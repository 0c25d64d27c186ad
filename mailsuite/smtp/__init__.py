"""SMTP doors (RFC 5321, 6409) and the SMTP client engine."""
