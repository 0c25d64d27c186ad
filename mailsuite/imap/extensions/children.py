r"""CHILDREN (RFC 3348): `\HasChildren` and `\HasNoChildren` stand in every LIST response."""

from mailsuite.imap.registry import State, advertise

advertise(b"CHILDREN", states=State.AUTHENTICATED)
