"""NOTIFY (RFC 5465): what a client asked for, what changed, and how it is told."""
