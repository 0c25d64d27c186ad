"""Hashes that other hosts made: read, bounded, and replaced at the first sign-in."""

import hashlib
from base64 import b64encode

import pytest
from passlib.hash import (
    argon2,
    bcrypt,
    ldap_salted_sha1,
    ldap_salted_sha256,
    ldap_salted_sha512,
    md5_crypt,
    sha256_crypt,
    sha512_crypt,
)

from mailsuite.directory.foreign_hashes import UnreadableHash, check_cost, read_hash
from mailsuite.directory.passwords import verify_password
from mailsuite.errors import AuthenticationFailed
from mailsuite.message.addresses import Address
from mailsuite.store.credentials import find_sign_in
from tests.directory.people import House
from tests.store.letters import done

ANN = "ann@example.test"
WORD = "correct hörse"


def dovecot_pbkdf2() -> str:
    digest = hashlib.pbkdf2_hmac("sha1", WORD.encode(), b"saltsalt", 5_000)
    return f"{{PBKDF2}}$1$saltsalt$5000${digest.hex()}"


HASHES = {
    "bcrypt": bcrypt.using(rounds=4).hash(WORD),
    "blf-crypt": "{BLF-CRYPT}" + bcrypt.using(rounds=4, ident="2y").hash(WORD),
    "sha512-crypt": sha512_crypt.using(rounds=1_000).hash(WORD),
    "dovecot sha512-crypt": "{SHA512-CRYPT}" + sha512_crypt.using(rounds=1_000).hash(WORD),
    "sha256-crypt": "{sha256-crypt}" + sha256_crypt.using(rounds=1_000).hash(WORD),
    "crypt": "{CRYPT}" + sha512_crypt.using(rounds=1_000).hash(WORD),
    "md5-crypt": "{MD5-CRYPT}" + md5_crypt.hash(WORD),
    "argon2id": "{ARGON2ID}" + argon2.using(time_cost=1, memory_cost=64).hash(WORD),
    "pbkdf2": dovecot_pbkdf2(),
    "ssha": ldap_salted_sha1.hash(WORD),
    "ssha256": ldap_salted_sha256.hash(WORD).replace("}", ".b64}", 1),
    "ssha512": ldap_salted_sha512.hash(WORD),
    "sha": "{SHA}" + b64encode(hashlib.sha1(WORD.encode()).digest()).decode(),
    "ldap-md5": "{LDAP-MD5}" + b64encode(hashlib.md5(WORD.encode()).digest()).decode(),
}


@pytest.mark.parametrize("scheme", HASHES)
def test_a_hash_of_another_host_is_replaced_at_the_first_sign_in(house: House, scheme: str) -> None:
    house.now(house.people.accounts.password(ANN, "", foreign=HASHES[scheme]))
    with pytest.raises(AuthenticationFailed):
        house.sign_in(ANN, "wrong")
    assert house.sign_in(ANN, WORD).name == ANN
    row = done(house.store.readers.run(find_sign_in, Address.parse(ANN)))
    assert row.secret.startswith("$argon2id$")
    assert row.scram, "and SCRAM is there from now on"
    assert house.sign_in(ANN, WORD).name == ANN


def test_an_account_can_begin_with_one(house: House) -> None:
    house.now(house.people.accounts.add("bob@example.test", "", foreign=HASHES["ssha512"]))
    assert house.sign_in("bob@example.test", WORD).name == "bob@example.test"


@pytest.mark.threat("A4")
@pytest.mark.parametrize(
    "hostile",
    [
        "$argon2id$v=19$m=4194304,t=2,p=1$YWJjZGVmZ2g$YWJjZGVmZ2hhYmNkZWZnaA",
        "$argon2id$v=19$m=64,t=4294967295,p=1$YWJjZGVmZ2g$YWJjZGVmZ2hhYmNkZWZnaA",
        "$argon2id$v=19$m=65536,t=1,p=4096$YWJjZGVmZ2g$YWJjZGVmZ2hhYmNkZWZnaA",
        "$2b$31$" + "a" * 21 + "O" + "a" * 30 + ".",
        "$6$rounds=999999999$saltsalt$" + "a" * 86,
        "$5$rounds=999999999$saltsalt$" + "a" * 43,
        "$pbkdf2-sha512$99999999$YWJjZA$" + "a" * 86,
        "{PBKDF2}$1$salt$99999999$" + "0" * 40,
    ],
)
def test_a_hash_that_asks_for_too_much_is_refused_and_never_computed(hostile: str) -> None:
    with pytest.raises(UnreadableHash):
        read_hash(hostile)
    assert not verify_password(hostile, "x")


@pytest.mark.parametrize(
    "text",
    ["", "secret", "{SSHA512}x", "{PLAIN}secret", "{CRYPT}aJfXy9.gPh8kE", "{SCRAM-SHA-256}4096,a,b,c",
     "$6$salt$short", "$2b$12$short", "{}", "x" * 2_000, "$1$a\0b$" + "a" * 22, "$argon2id$v=19$m=a"],
)  # fmt: skip
def test_what_is_no_hash_is_told(text: str) -> None:
    with pytest.raises(UnreadableHash):
        read_hash(text)
    with pytest.raises(UnreadableHash):
        check_cost(text)


@pytest.mark.threat("A13")
def test_bcrypt_sees_as_much_of_a_long_password_as_it_ever_did() -> None:
    kept = bcrypt.using(rounds=4).hash("y" * 72)
    assert verify_password(kept, "y" * 100)
    assert not verify_password(kept, "y" * 71)


def test_a_password_may_have_been_hashed_in_two_code_points() -> None:
    kept = sha256_crypt.using(rounds=1_000).hash("ho\u0308rse")
    assert verify_password(kept, "ho\u0308rse")
    assert not verify_password(kept, "horse")
