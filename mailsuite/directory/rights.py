"""What an account may do by command, for itself or for the domains that it looks after.

One function, `Rights.check`, and one table. A verb that is not in it is an administrator's.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from attrs import frozen

from mailsuite.directory.typed import typed_address, typed_domain
from mailsuite.errors import NoSuchThing, NotPermitted
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import ACTIVE, Person, show_account
from mailsuite.store.masks import owner_of
from mailsuite.store.opening import Store

ADMIN, DOMAIN_ADMIN, USER = "admin", "domain-admin", "user"


class Standing(Enum):
    """Who may: each includes those below."""

    OWN = "whose account it is"
    DOMAIN = "who looks after the domain"


@frozen
class Rule:
    """One verb: who may, and which of its arguments it is about.

    Attributes:
        account: names an account, by any of its addresses.
        address: is an address, or `@domain`, that has to lie in a domain of theirs.
        domain: is a domain of theirs, or empty.
        mask: is a masked address.
        holder: is an address; an account that has it as its own is one of theirs.
        role: the role that is given: nobody makes others more than users.
        shown: what of a listed record says whose it is; others' are left out.
    """

    standing: Standing
    account: str = ""
    address: str = ""
    domain: str = ""
    mask: str = ""
    holder: str = ""
    role: str = ""
    shown: str = ""


OWN = Rule(Standing.OWN, account="address")
THEIRS = Rule(Standing.DOMAIN, account="address")
RULES: Mapping[str, Rule] = {
    "account show": OWN,
    "account password": OWN,
    "account hide": OWN,
    "account reveal": OWN,
    "app-password add": OWN,
    "app-password list": OWN,
    "app-password remove": OWN,
    "totp add": OWN,
    "totp remove": OWN,
    "mask add": Rule(Standing.OWN, account="address", domain="domain"),
    "mask list": OWN,
    "mask on": Rule(Standing.OWN, mask="address"),
    "mask off": Rule(Standing.OWN, mask="address"),
    "mask remove": Rule(Standing.OWN, mask="address"),
    "account add": Rule(Standing.DOMAIN, address="address", role="role"),
    "account quota": THEIRS,
    "account disable": THEIRS,
    "account enable": THEIRS,
    "account remove": THEIRS,
    "account add-address": Rule(Standing.DOMAIN, account="address", address="further"),
    "account remove-address": Rule(Standing.DOMAIN, account="further", address="further"),
    "account list": Rule(Standing.DOMAIN, shown="name"),
    "alias add": Rule(Standing.DOMAIN, address="address"),
    "alias remove": Rule(Standing.DOMAIN, address="address"),
    "alias allow": Rule(Standing.DOMAIN, address="address", holder="address"),
    "alias forbid": Rule(Standing.DOMAIN, address="address", holder="address"),
    "alias senders": Rule(Standing.DOMAIN, address="address"),
    "alias list": Rule(Standing.DOMAIN, shown="address"),
    "domain list": Rule(Standing.DOMAIN, shown="name"),
    "domain show": Rule(Standing.DOMAIN, domain="name"),
}


@frozen
class Acting:
    """Who asks."""

    id: int
    name: str
    role: str
    domains: frozenset[str]  # in which they have an address

    @property
    def is_admin(self) -> bool:
        """Whether they may do everything."""
        return self.role == ADMIN

    def looks_after(self, domain: str) -> bool:
        """Whether a canonical domain is theirs to look after."""
        return self.role == DOMAIN_ADMIN and domain in self.domains


class Rights:
    """Decides for an account that acts (threat A11)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def acting(self, address: str) -> Acting:
        """The account that acts. Raises `NotPermitted`: there is none, or it is shut."""
        try:
            found = await self._store.readers.run(show_account, typed_address(address))
        except NoSuchThing:
            raise NotPermitted(f"{address} may do nothing here") from None
        if found.state != ACTIVE:
            raise NotPermitted(f"{address} may do nothing here")
        return Acting(found.id, found.name, found.role, _domains(found))

    async def check(self, acting: Acting, verb: str, arguments: Mapping[str, Any]) -> None:
        """Let pass what the account may do.

        Raises:
            NotPermitted: it may not; it is not told whether what it named is there.
        """
        if acting.is_admin:
            return
        rule = RULES.get(verb)
        try:
            if rule is None or not await self._may(acting, rule, arguments):
                raise NotPermitted(f"{acting.name} may not do that")
        except NoSuchThing:
            raise NotPermitted(f"{acting.name} may not do that") from None

    @staticmethod
    def shown(acting: Acting, verb: str, found: Any) -> Any:
        """What of a list the account may see."""
        rule = RULES.get(verb)
        if acting.is_admin or rule is None or not rule.shown or not isinstance(found, list):
            return found
        return [one for one in found if acting.looks_after(_domain(getattr(one, rule.shown)))]

    async def _may(self, acting: Acting, rule: Rule, arguments: Mapping[str, Any]) -> bool:
        # What is not said cannot be theirs; a domain alone may be left out.
        said = {name: str(value or "") for name, value in arguments.items()}
        if not self._lies_with(acting, rule, said):
            return False
        if rule.mask:
            at = typed_address(said.get(rule.mask, ""))
            return await self._store.readers.run(owner_of, at) == acting.id
        if rule.holder:
            return await self._holds(acting, said.get(rule.holder, ""))
        if rule.account:
            at = typed_address(said.get(rule.account, ""))
            person = await self._store.readers.run(show_account, at)
            return _is_theirs(acting, rule, person)
        return True

    def _lies_with(self, acting: Acting, rule: Rule, said: Mapping[str, str]) -> bool:
        """Whether roles, addresses and domains are for the account to deal with."""
        if rule.standing is Standing.DOMAIN and acting.role != DOMAIN_ADMIN:
            return False
        if rule.role and said.get(rule.role, "") not in {"", USER}:
            return False
        if rule.address and not acting.looks_after(_domain(said.get(rule.address, ""))):
            return False
        return not rule.domain or self._in_domain(acting, rule, said.get(rule.domain, ""))

    async def _holds(self, acting: Acting, text: str) -> bool:
        """Whether an address is nobody's own, or that of somebody whom they look after."""
        if text.startswith(("@", "*@")):
            return True
        try:
            person = await self._store.readers.run(show_account, typed_address(text))
        except NoSuchThing:
            return True
        return person.id == acting.id or _is_theirs(acting, THEIRS, person)

    @staticmethod
    def _in_domain(acting: Acting, rule: Rule, text: str) -> bool:
        if rule.standing is Standing.OWN:
            return not text or typed_domain(text) in acting.domains
        return acting.looks_after(typed_domain(text))


def _is_theirs(acting: Acting, rule: Rule, person: Person) -> bool:
    """Their own account, or one all of whose addresses lie in domains that they look after."""
    if person.id == acting.id:
        # Nobody gives themselves more room, or an address.
        return rule.standing is Standing.OWN
    theirs: Sequence[str] = sorted(_domains(person))
    return person.role == USER and all(acting.looks_after(domain) for domain in theirs)


def _domains(person: Person) -> frozenset[str]:
    return frozenset(Address.parse(each).canonical.domain for each in person.addresses)


def _domain(text: str) -> str:
    """The domain of an address, of `@domain` or `*@domain`, or a domain itself."""
    return typed_domain(text.rpartition("@")[2])
