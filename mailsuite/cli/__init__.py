"""The front door for people: the `mailsuite` command."""
