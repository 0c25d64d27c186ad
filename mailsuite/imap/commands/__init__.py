"""One file a base command of IMAP."""
