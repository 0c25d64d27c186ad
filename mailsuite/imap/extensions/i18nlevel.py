"""I18NLEVEL=1 (RFC 5255 §4.3): SEARCH, SORT and THREAD compare by i;unicode-casemap.

The comparator is `mailsuite.message.collation`; at this level there is no other to choose.
"""

from mailsuite.imap.registry import State, advertise

advertise(b"I18NLEVEL=1", states=State.AUTHENTICATED)
