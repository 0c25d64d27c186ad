"""How the `mailsuite` command and a running server talk: JSON lines over a local socket."""
