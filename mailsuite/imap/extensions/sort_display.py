"""SORT=DISPLAY (RFC 5957): by the name that is shown, not by the mailbox behind it."""

from mailsuite.imap.extensions.sort import sort_key
from mailsuite.imap.registry import State, advertise

sort_key(b"DISPLAYFROM", "from_display")
sort_key(b"DISPLAYTO", "to_display")
advertise(b"SORT=DISPLAY", states=State.AUTHENTICATED)
