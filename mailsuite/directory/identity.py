"""Who somebody is, and where an address leads: the records that the doors and intake see."""

from attrs import field, frozen

from mailsuite.message.addresses import Address


@frozen
class Credentials:
    """What a client gave to sign in. The password never stands in a log or a traceback."""

    user: str
    password: str = field(repr=False)
    authzid: str = ""  # whom to act as (RFC 4616 §2); empty: as `user`


@frozen
class Account:
    """A signed-in account, as it was at that moment.

    Its `generation` is raised by every change that ends sessions (`Directory.on_account`).
    """

    id: int
    name: str  # its first address, canonical
    role: str  # admin | domain-admin | user
    generation: int
    hidden: frozenset[bytes] = frozenset()  # capabilities that it does not see
    asked_for: frozenset[bytes] = frozenset()  # ... and that it sees, other than most
    app: str = ""  # the app password that was used; empty: the account's own
    read_only: bool = False  # whoever signed in with it changes nothing


@frozen
class Inbox:
    """One local account that mail for an address goes to, and the room it has; None: no limit."""

    account_id: int
    name: str
    octets_left: int | None
    messages_left: int | None
    quota_octets: int = 0  # 0: no limit
    quota_messages: int = 0


@frozen
class Resolution:
    """Where an address leads, after aliases, groups, subaddress and catch-all."""

    ours: bool  # False: the domain is not ours, and the rest is empty
    accounts: tuple[Inbox, ...] = ()  # without doubles
    onward: tuple[Address, ...] = ()  # alias targets elsewhere
    backup: bool = False  # `onward` is the address itself: another host has its mailbox
