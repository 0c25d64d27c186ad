"""Between SMTP's records and the intake's: neither room knows the other's."""

from attrs import frozen

from mailsuite.intake import envelope as taken
from mailsuite.intake.service import Intake
from mailsuite.smtp import ports as smtp
from mailsuite.wire.spool import Spool


@frozen
class TakesIn:
    """`mailsuite.smtp.ports.Intake` over `mailsuite.intake.service.Intake`."""

    intake: Intake

    def spool(self) -> Spool:
        """An empty spool."""
        return self.intake.spool()

    async def accept(
        self, source: smtp.Source, envelope: smtp.Envelope, spool: smtp.Spool
    ) -> taken.Accepted:
        """See `mailsuite.intake.service.Intake.accept`."""
        assert isinstance(spool, Spool)
        return await self.intake.accept(_source(source), _envelope(envelope), spool)


def _source(source: smtp.Source) -> taken.Source:
    return taken.Source(
        taken.Kind[source.kind.name],
        source.peer,
        source.helo,
        source.protocol,
        source.tls,
        source.account,
        source.trace,
    )


def _envelope(envelope: smtp.Envelope) -> taken.Envelope:
    return taken.Envelope(
        envelope.reverse_path,
        [
            taken.Recipient(to.address, to.resolution, to.notify, to.orcpt)
            for to in envelope.recipients
        ],
        envelope.ret,
        envelope.envid,
        envelope.body or "7BIT",
        envelope.smtputf8,
        envelope.declared_octets,
    )
