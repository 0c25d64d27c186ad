"""Whether DNS lists are what they claim to be (RFC 5782 §5; threat D15).

A list that lists everything, or nothing any more, would refuse or pass all mail: before it is asked
for the first time, and every hour, its two test entries are looked at. One that fails is off until
it is well again, and the operator is told.
"""

from collections.abc import Callable, Sequence

from attrs import define, field
from twisted.logger import Logger

from mailsuite.dns.answers import NoAnswer
from mailsuite.repute.lists import Asks, Subject, Unreliable, answers_of
from mailsuite.repute.settings import DnsList

# What must stand in a list, and what must not.
TESTS = {
    "ipv4": (Subject("ipv4", "127.0.0.2"), Subject("ipv4", "127.0.0.1")),
    "ipv6": (Subject("ipv6", "::ffff:127.0.0.2"), Subject("ipv6", "::ffff:127.0.0.1")),
    "domain": (Subject("domain", "test"), Subject("domain", "invalid")),
}


@define
class Health:
    """Which lists may be asked.

    Args:
        told: takes the list and the sentence, each time that a list fails or is well again.
    """

    told: Callable[[str, str], None] = lambda _zone, _words: None
    _states: dict[str, str] = field(factory=dict, init=False)  # why not; "": well
    log = Logger()

    def well(self, lists: Sequence[DnsList]) -> list[DnsList]:
        """Those that passed their last test."""
        return [one for one in lists if self._states.get(one.zone) == ""]

    def states(self) -> dict[str, str]:
        """Every list that was tested: why it is off, or nothing."""
        return dict(self._states)

    async def test(self, asks: Asks, lists: Sequence[DnsList]) -> None:
        """Look at the test entries of each. A list that nobody can ask now stays as it was."""
        for one in lists:
            try:
                why = await self._ails(asks, one)
            except NoAnswer:
                continue
            self._found(one.zone, why)

    def failed(self, zone: str, why: str) -> None:
        """It answered what no list may: off until its next test."""
        self._found(zone, why)

    async def _ails(self, asks: Asks, one: DnsList) -> str:
        for kind in sorted(one.kinds):
            listed, unlisted = TESTS[kind]
            try:
                if not await answers_of(asks, one.zone, listed):
                    return f"its test entry {listed.text} is missing"
                if await answers_of(asks, one.zone, unlisted):
                    return f"it lists {unlisted.text}, and so everything"
            except Unreliable as wrong:
                return str(wrong)
        return ""

    def _found(self, zone: str, why: str) -> None:
        before = self._states.get(zone)
        self._states[zone] = why
        if why and before != why:
            self.log.warn("the DNS list {zone} is off: {why}", zone=zone, why=why)
            self.told(zone, f"The DNS list {zone} is off: {why}.")
        elif not why and before:
            self.log.warn("the DNS list {zone} is on again", zone=zone)
            self.told(zone, f"The DNS list {zone} is well, and on again.")
