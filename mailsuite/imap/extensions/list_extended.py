"""LIST-EXTENDED (RFC 5258): selection and return options, several patterns, CHILDINFO."""

from mailsuite.imap.list_options import list_return, list_selection
from mailsuite.imap.listing import Entry
from mailsuite.imap.registry import State, advertise


def subscribed(entry: Entry) -> bool:
    """Say whether it is subscribed, its mailbox there or not (RFC 5258 §3.1)."""
    return entry.subscribed


list_selection(b"SUBSCRIBED", subscribed)
list_selection(b"REMOTE", None)  # we refer nobody to other hosts: it adds nothing
list_selection(b"RECURSIVEMATCH", None)
list_return(b"SUBSCRIBED")
list_return(b"CHILDREN")
advertise(b"LIST-EXTENDED", states=State.AUTHENTICATED)
