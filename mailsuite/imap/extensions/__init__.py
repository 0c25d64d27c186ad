"""One file a capability of IMAP, named for it."""
