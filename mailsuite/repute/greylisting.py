"""Greylisting (RFC 6647): a suspect's first try is put off; who comes again is let in."""

from collections.abc import Sequence

from attrs import define, evolve

from mailsuite.dns.reverse import FAIL, PASS, PERMERROR
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import KNOWN, PASSED, Reputation
from mailsuite.repute.settings import Greylisting, Repute
from mailsuite.repute.verdicts import Denied, Sender
from mailsuite.store.correspondents import known_sender
from mailsuite.store.greylist import Try, let_pass, look_up, note_seen, put_off
from mailsuite.store.opening import Store


@define
class Greylist:
    """Asks the store, and writes only what is new."""

    store: Store
    settings: Repute

    def concerns(self, reputation: Reputation) -> bool:
        """Whether a source's first try is to be put off."""
        settings = self.settings
        if settings.greylist is Greylisting.OFF or reputation.score < 0:
            return False
        if settings.greylist is Greylisting.ALL:
            return True
        listed = 0 < settings.greylist_score <= reputation.score
        forged = reputation.spf is not None and reputation.spf.word == FAIL
        return listed or forged or reputation.iprev in {FAIL, PERMERROR}

    def depends_on_spf(self, reputation: Reputation) -> bool:
        """Whether a failing SPF would make the source a suspect, which it is not yet."""
        suspects = self.settings.greylist is Greylisting.SUSPECT and reputation.score >= 0
        return suspects and not self.concerns(reputation)

    async def judge(
        self, sender: Sender, reputation: Reputation, to: Address, accounts: Sequence[int]
    ) -> Denied | Reputation:
        """Put it off, or let it in and say why. Who an account here knows never waits."""
        read = self.store.readers
        known = False
        if sender.text and accounts:
            known = await read.run(known_sender, list(accounts), sender.text)
        if known:
            return evolve(reputation, greylist=KNOWN, correspondent=True)
        tried = Try(sender.peer.network, sender.text, str(to.canonical), _names(sender, reputation))
        seen = await read.run(look_up, tried)
        settings = self.settings
        if seen.passes >= settings.greylist_passes or seen.passed:
            if seen.stale:
                await self.store.writer.run(note_seen, tried.names)
            return evolve(reputation, greylist=KNOWN)
        now = int(self.store.clock())
        if seen.first_at is None:
            await self.store.writer.run(put_off, tried)
            return _put_off(settings.greylist_wait)
        waited = now - seen.first_at
        if waited < settings.greylist_wait:
            return _put_off(settings.greylist_wait - waited)
        await self.store.writer.run(let_pass, tried)
        return evolve(reputation, greylist=PASSED, waited_seconds=waited)


def _put_off(seconds: int) -> Denied:
    words = f"Greylisted: new here, please try again in {seconds} seconds"
    return Denied("greylist", 450, "4.7.1", words)


def _names(sender: Sender, reputation: Reputation) -> tuple[str, ...]:
    """Whose passes count: the network; the sender's domain where the client is a host of its."""
    domain, name = sender.domain, reputation.name
    own = reputation.iprev == PASS and domain and f".{name}".endswith(f".{domain}")
    return (sender.peer.network, domain) if own else (sender.peer.network,)
