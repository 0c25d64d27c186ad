"""Mailboxes as devices see them."""
