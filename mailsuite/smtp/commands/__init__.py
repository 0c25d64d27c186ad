"""One file a base command of SMTP."""
