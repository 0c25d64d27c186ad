"""How a message asks to be carried: what its sender wrote beside MAIL, kept from door to door.

One record walks with the message: the door fills it, the queue keeps it, the relay obeys it.
"""

import re

from attrs import frozen

REQUIRED = "required"  # REQUIRETLS (RFC 8689 §2)
OPTIONAL = "no"  # TLS-Required: No (RFC 8689 §3)
RETURN, NOTIFY = "R", "N"  # by-mode (RFC 2852 §4)
# The levels of the policy that EHLO names, MIXER (RFC 6710 §9.2): urgent, normal, non-urgent.
LEVELS = (4, 0, -4)

_PRIORITY = re.compile(r"-?[1-9]|0")


@frozen
class Terms:
    """What was asked; the default asks nothing. Times in seconds UTC, 0: none."""

    tls: str = ""  # REQUIRED | OPTIONAL | "": as it comes
    deliver_by: int = 0  # RFC 2852 §4
    by_mode: str = ""  # R | N
    by_trace: bool = False
    release_at: int = 0  # not before (RFC 4865 §4.2)
    hold: str = ""  # as reports tell it: "for;3600" | "until;2027-01-01T00:00:00Z"
    priority: int = 0  # -9 to 9 (RFC 6710 §5)

    @property
    def contradict(self) -> bool:
        """Whether it may not leave before the time that it must be there (RFC 4865 §5.2.2)."""
        return bool(self.deliver_by) and self.release_at > self.deliver_by

    @property
    def level(self) -> int:
        """The priority as the queue orders by it: rounded up to a level (RFC 6710 §5)."""
        return next((level for level in reversed(LEVELS) if self.priority <= level), LEVELS[0])


NO_TERMS = Terms()


def priority(text: str) -> int | None:
    """Read a priority-value (RFC 6710 §7); None: it is none."""
    return int(text) if _PRIORITY.fullmatch(text) else None
