"""The keys of our domains: one waits for its record in DNS, signs, and leaves.

A key that leaves has no secret any more; its record has to stay in DNS for as long as somebody may
still verify what it signed.
"""

from typing import Any

from attrs import field, frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.errors import AlreadyThere, NoSuchThing
from mailsuite.store.domains import domain_id
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import domain
from mailsuite.store.schema_signing import dkim_key
from mailsuite.store.transaction import Transaction

WAITING, SIGNING, LEAVING = "waiting", "signing", "leaving"
LOOKED_AT = 1_000  # keys whose records are looked for at once

_KEYS = select(
    dkim_key.c.id,
    domain.c.name,
    dkim_key.c.selector,
    dkim_key.c.algorithm,
    dkim_key.c.state,
    dkim_key.c.secret,
    dkim_key.c.public,
    dkim_key.c.created,
    dkim_key.c.until,
).select_from(dkim_key.join(domain, domain.c.id == dkim_key.c.domain_id))
OF_DOMAIN = _KEYS.where(domain.c.name == bindparam("of")).order_by(dkim_key.c.id)
IN_STATE = (
    _KEYS.where(dkim_key.c.state == bindparam("in_state")).order_by(dkim_key.c.id).limit(LOOKED_AT)
)
SIGNING_OF = OF_DOMAIN.where(dkim_key.c.state == SIGNING)
INSERT = insert(dkim_key)
LEAVE = (
    update(dkim_key)
    .where(
        dkim_key.c.domain_id == bindparam("of"),
        dkim_key.c.algorithm == bindparam("kind"),
        dkim_key.c.state == SIGNING,
        dkim_key.c.id != bindparam("but"),
    )
    .values(state=LEAVING, secret="", until=bindparam("end"))
)
SIGN = update(dkim_key).where(dkim_key.c.id == bindparam("this")).values(state=SIGNING)
END = (
    update(dkim_key)
    .where(dkim_key.c.id == bindparam("this"))
    .values(state=LEAVING, secret="", until=bindparam("end"))
)
FORGET = delete(dkim_key).where(dkim_key.c.id == bindparam("this"))


@frozen
class NewKey:
    """A key pair that was just made."""

    selector: str
    algorithm: str
    secret: str = field(repr=False)  # sealed
    public: str


@frozen
class DkimKey:
    """One key; its columns as in `mailsuite.store.schema_signing`."""

    id: int
    domain: str
    selector: str
    algorithm: str
    state: str
    secret: str = field(repr=False)
    public: str
    created: int
    until: int

    @property
    def record_name(self) -> str:
        """Where its record stands (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record: t=s, since nothing of ours names a sub-domain in i= (RFC 6376 §3.6.1)."""
        return f"v=DKIM1; k={self.algorithm}; t=s; p={self.public}"


def add_keys(tx: Transaction, name: str, keys: list[NewKey]) -> None:
    """Give a domain keys that wait for their records.

    Raises:
        NoSuchThing: the domain is not ours.
        AlreadyThere: it has a key of one of these selectors. Nothing was added.
    """
    owner = domain_id(tx, name)
    there = {key.selector for key in list_keys(tx, name)}
    for key in keys:
        if key.selector in there:
            raise AlreadyThere(f"{name} has a key {key.selector} already")
        row = {
            "id": reserve_id(tx, "dkim_key"), "domain_id": owner, "selector": key.selector,
            "algorithm": key.algorithm, "state": WAITING, "secret": key.secret,
            "public": key.public, "created": tx.now,
        }  # fmt: skip
        tx.execute(INSERT, row)


def list_keys(tx: Transaction, name: str) -> list[DkimKey]:
    """All keys of a domain, the eldest first; none where it is not ours."""
    return _found(tx, OF_DOMAIN, {"of": name})


def signing_keys(tx: Transaction, name: str) -> list[DkimKey]:
    """Those that sign now."""
    return _found(tx, SIGNING_OF, {"of": name})


def waiting_keys(tx: Transaction) -> list[DkimKey]:
    """Keys of any domain that wait for their records, the eldest `LOOKED_AT`."""
    return _found(tx, IN_STATE, {"in_state": WAITING})


def all_signing_keys(tx: Transaction) -> list[DkimKey]:
    """Keys of any domain that sign, the eldest `LOOKED_AT`: what `mailsuite check` looks at."""
    return _found(tx, IN_STATE, {"in_state": SIGNING})


def start_signing(tx: Transaction, name: str, selector: str, keep_until: int) -> None:
    """Let a key sign, and the one of its kind that did so until now leave.

    Raises:
        NoSuchThing: there is no such key that waits.
    """
    key = _one(tx, name, selector)
    if key.state != WAITING:
        raise NoSuchThing(f"no key {selector} of {name} waits")
    tx.people_changed()
    tx.execute(SIGN, {"this": key.id})
    bound = {"of": domain_id(tx, name), "kind": key.algorithm, "but": key.id, "end": keep_until}
    tx.execute(LEAVE, bound)


def retire_key(tx: Transaction, name: str, selector: str, keep_until: int) -> None:
    """Let a key sign no more; one that does not sign is forgotten.

    Raises:
        NoSuchThing: there is no such key.
    """
    key = _one(tx, name, selector)
    tx.people_changed()
    if key.state == SIGNING:
        tx.execute(END, {"this": key.id, "end": keep_until})
    else:
        tx.execute(FORGET, {"this": key.id})


def _one(tx: Transaction, name: str, selector: str) -> DkimKey:
    for key in list_keys(tx, name):
        if key.selector == selector:
            return key
    raise NoSuchThing(f"{name} has no key {selector}")


def _found(tx: Transaction, statement: Any, bound: dict[str, Any]) -> list[DkimKey]:
    return [DkimKey(*row) for row in tx.execute(statement, bound).tuples()]
