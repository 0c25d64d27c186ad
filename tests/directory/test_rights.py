"""What each role may do: the whole table, and what is seen of lists."""

import pytest

from mailsuite.control.verbs import VERBS, load
from mailsuite.directory.rights import RULES, Acting, Rights
from mailsuite.errors import NotPermitted
from tests.directory.people import House

ROOT, DEAN, ANN, CAT = "root@other.test", "dean@example.test", "ann@example.test", "cat@other.test"
MIXED = "mix@example.test"  # who has an address in a domain that is not Dean's, too


@pytest.fixture
def people(house: House) -> House:
    """Dean looks after example.test, Root after the host."""
    accounts = house.people.accounts
    house.now(house.people.domains.add("other.test"))
    house.now(accounts.add(ROOT, "x", role="admin"))
    house.now(accounts.add(DEAN, "x", role="domain-admin"))
    house.now(accounts.add("boss@example.test", "x", role="admin"))
    house.now(accounts.add("dora@example.test", "x", role="domain-admin"))
    house.now(accounts.add(CAT, "x"))
    house.now(accounts.add(MIXED, "x"))
    house.now(accounts.add_address(MIXED, "mix@other.test"))
    house.now(house.people.aliases.add("info@example.test", [ANN]))
    house.now(house.people.aliases.add("info@other.test", [CAT]))
    return house


def may(house: House, who: str, verb: str, **arguments: object) -> bool:
    rights = Rights(house.store)
    acting = house.now(rights.acting(who))
    try:
        house.now(rights.check(acting, verb, arguments))
    except NotPermitted:
        return False
    return True


TABLE: list[tuple[str, dict[str, object], str]] = [
    # verb, its arguments, and who may beside Root: D(ean), A(nn)
    ("account show", {"address": ANN}, "DA"),
    ("account show", {"address": CAT}, ""),
    ("account show", {"address": "nobody@example.test"}, ""),
    ("account password", {"address": ANN, "password": "y"}, "DA"),
    ("account password", {"address": DEAN, "password": "y"}, "D"),
    ("account password", {"address": "boss@example.test", "password": "y"}, ""),
    ("account password", {"address": "dora@example.test", "password": "y"}, ""),
    ("account password", {"address": MIXED, "password": "y"}, ""),
    ("account quota", {"address": ANN, "octets": 1, "messages": None}, "D"),
    ("account quota", {"address": DEAN, "octets": 1, "messages": None}, ""),
    ("account quota", {"address": CAT, "octets": 1, "messages": None}, ""),
    ("account add", {"address": "new@example.test", "password": "y"}, "D"),
    ("account add", {"address": "new@example.test", "password": "y", "role": "user"}, "D"),
    ("account add", {"address": "new@example.test", "password": "y", "role": "admin"}, ""),
    ("account add", {"address": "new@other.test", "password": "y"}, ""),
    ("account role", {"address": ANN, "role": "admin"}, ""),
    ("account role", {"address": DEAN, "role": "admin"}, ""),
    ("account remove", {"address": ANN}, "D"),
    ("account remove", {"address": CAT}, ""),
    ("account disable", {"address": ANN}, "D"),
    ("account add-address", {"address": ANN, "further": "a@example.test"}, "D"),
    ("account add-address", {"address": ANN, "further": "a@other.test"}, ""),
    ("account add-address", {"address": CAT, "further": "a@example.test"}, ""),
    ("account remove-address", {"further": "mix@other.test"}, ""),
    ("alias add", {"address": "x@example.test", "targets": [CAT]}, "D"),
    ("alias add", {"address": "@example.test", "targets": [ANN]}, "D"),
    ("alias add", {"address": "*@other.test", "targets": [ANN]}, ""),
    ("alias remove", {"address": "info@other.test"}, ""),
    ("alias allow", {"address": "info@example.test", "sender": CAT}, "D"),
    ("alias allow", {"address": "info@other.test", "sender": ANN}, ""),
    ("alias allow", {"address": ANN, "sender": DEAN}, "D"),
    ("alias allow", {"address": "boss@example.test", "sender": DEAN}, ""),
    ("mask add", {"address": ANN}, "DA"),
    ("mask add", {"address": ANN, "domain": "other.test"}, ""),
    ("mask add", {"address": CAT}, ""),
    ("app-password add", {"address": ANN, "name": "phone"}, "DA"),
    ("app-password add", {"address": DEAN, "name": "phone"}, "D"),
    ("domain add", {"name": "third.test"}, ""),
    ("domain remove", {"name": "example.test"}, ""),
    ("domain show", {"name": "example.test"}, "D"),
    ("domain show", {"name": "other.test"}, ""),
    ("queue list", {}, ""),
    ("reload", {}, ""),
    ("no such verb", {}, ""),
]


@pytest.mark.threat("A11")
@pytest.mark.parametrize(("verb", "arguments", "who"), TABLE)
def test_who_may(people: House, verb: str, arguments: dict[str, object], who: str) -> None:
    assert may(people, ROOT, verb, **arguments)
    assert may(people, DEAN, verb, **arguments) is ("D" in who)
    assert may(people, ANN, verb, **arguments) is ("A" in who)


@pytest.mark.threat("A11")
def test_a_mask_is_its_owners_alone(people: House) -> None:
    made = people.now(people.people.masks.add(ANN))
    assert may(people, ANN, "mask off", address=made.address)
    assert not may(people, DEAN, "mask off", address=made.address)
    assert not may(people, CAT, "mask off", address=made.address)
    assert not may(people, ANN, "mask off", address=ANN)


def test_of_lists_one_sees_what_one_looks_after(people: House) -> None:
    rights = Rights(people.store)
    aliases = people.now(people.people.aliases.all())
    dean, root = (people.now(rights.acting(who)) for who in (DEAN, ROOT))
    assert [one.address for one in rights.shown(dean, "alias list", aliases)] == [
        "info@example.test"
    ]
    assert rights.shown(root, "alias list", aliases) == aliases
    accounts = people.now(people.people.accounts.all())
    seen = {one.name for one in rights.shown(dean, "account list", accounts)}
    assert CAT not in seen
    assert ANN in seen


def test_who_is_shut_or_unknown_acts_no_more(people: House) -> None:
    people.now(people.people.accounts.disable(DEAN))
    for who in (DEAN, "nobody@example.test"):
        with pytest.raises(NotPermitted):
            people.now(Rights(people.store).acting(who))


def test_every_rule_is_about_a_verb_that_is_there() -> None:
    load()
    assert RULES.keys() - VERBS.keys() == set()
    assert not Acting(1, "a", "user", frozenset({"x.test"})).looks_after("x.test")
