"""One-time passwords: each is taken once, and there is no guessing."""

import json
import re
from base64 import b32decode
from pathlib import Path
from typing import Any

import pytest

from mailsuite.directory.totp import STEP_SECONDS, OneTime, code_of, step_of
from mailsuite.errors import AuthenticationFailed, NoSuchThing, SignInThrottled
from mailsuite.message.addresses import Address
from mailsuite.store.totp import Use, read_totp, use_code
from tests.directory.people import House
from tests.store.letters import done

VECTORS = json.loads((Path(__file__).parents[1] / "data/auth/otp.json").read_text())
ANN = Address.parse("ann@example.test")
NOW = 1_800_000_000
AT = NOW // STEP_SECONDS


@pytest.mark.parametrize("vector", [v for v in VECTORS["totp"] if v["hash"] == "sha1"])
def test_published_codes(vector: dict[str, Any]) -> None:
    """RFC 6238 appendix B, its last six digits."""
    secret = vector["secret_ascii"].encode()
    assert code_of(secret, vector["time"] // STEP_SECONDS) == vector["otp"][-6:]


def made(house: House) -> bytes:
    uri = house.now(house.people.one_time.add(ANN))
    assert uri.startswith("otpauth://totp/example.test%3Aann@example.test?secret=")
    found = re.search(r"secret=([A-Z2-7]+)&", uri)
    assert found is not None
    return b32decode(found[1])


def check(house: House, code: str) -> None:
    house.now(house.people.one_time.check(ANN, code))


def test_clocks_may_differ_by_a_step(house: House) -> None:
    secret = made(house)
    taken = [n for n in range(-3, 4) if step_of(secret, code_of(secret, AT + n), NOW) is not None]
    assert taken == [-1, 0, 1]
    assert step_of(secret, "", NOW) is None
    assert step_of(secret, "١٢٣٤٥٦", NOW) is None


@pytest.mark.threat("A12")
def test_a_code_works_once_and_so_does_none_before_it(house: House) -> None:
    secret = made(house)
    check(house, code_of(secret, AT)[:3] + " " + code_of(secret, AT)[3:])
    for step in (AT, AT - 1):
        with pytest.raises(AuthenticationFailed):
            check(house, code_of(secret, step))
    check(house, code_of(secret, AT + 1))


@pytest.mark.threat("A12")
def test_a_code_works_once_whoever_asks(house: House) -> None:
    """Two workers have one store: what one has taken, the other refuses."""
    secret = made(house)
    number = house.sign_in(str(ANN), "correct horse").id
    sealed = done(house.store.readers.run(read_totp, number))
    assert done(house.store.writer.run(use_code, number, sealed, AT)) is Use.TAKEN
    with pytest.raises(AuthenticationFailed):
        house.now(OneTime(house.store).check(ANN, code_of(secret, AT)))


@pytest.mark.threat("A12")
def test_five_wrong_codes_shut_it_for_five_minutes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = made(house)
    for _ in range(5):
        with pytest.raises(AuthenticationFailed):
            check(house, "000000")
    with pytest.raises(SignInThrottled):
        check(house, code_of(secret, AT))
    later = NOW + 300
    monkeypatch.setattr(house.store, "clock", lambda: later)
    monkeypatch.setattr(house.store.writer, "_clock", lambda: later)
    check(house, code_of(secret, later // STEP_SECONDS))


def test_a_secret_is_sealed_and_goes_with_its_account(house: House) -> None:
    secret = made(house)
    number = house.sign_in(str(ANN), "correct horse").id
    sealed = done(house.store.readers.run(read_totp, number))
    assert house.store.seal.open(sealed, f"totp {number}") == secret
    assert house.store.seal.open(sealed, f"totp {number + 1}") is None
    house.now(house.people.accounts.remove(str(ANN)))
    assert done(house.store.readers.run(read_totp, number)) is None


def test_what_is_not_there_is_told(house: House) -> None:
    for running in (house.people.one_time.check(ANN, "1"), house.people.one_time.remove(ANN)):
        with pytest.raises(NoSuchThing):
            house.now(running)
    made(house)
    house.now(house.people.one_time.remove(ANN))
    with pytest.raises(NoSuchThing):
        check(house, "1")


def test_the_password_alone_still_opens_the_doors_of_mail(house: House) -> None:
    made(house)
    assert house.sign_in(str(ANN), "correct horse").name == str(ANN)
