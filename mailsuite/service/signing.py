"""What the configuration says of signing and of forwarding, handed to those who do it."""

from mailsuite.config import Config
from mailsuite.directory.service import Directory
from mailsuite.intake.service import Intake
from mailsuite.message.addresses import Address
from mailsuite.message.srs import Srs
from mailsuite.store.opening import Store
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.trust.dkim.keyring import Keyring, SigningSettings

DAY = 86_400


def sign_by(config: Config, keyring: Keyring, keys: KeyAdmin) -> None:
    """How long signatures hold, and what goes with them."""
    # What waited for as long as the queue tries must still be verified by its host.
    expire = max(config.dkim.expire, config.relay.expire + DAY)
    copies = config.limits.signed_copies_per_day
    keyring.settings = SigningSettings(expire, config.dkim.feedback, copies)
    keys.keep_seconds = config.dkim.keep


def forward_by(config: Config, store: Store, directory: Directory, intake: Intake) -> None:
    """Whether reverse-paths are rewritten. Bounces to those of before always lead back."""
    srs = directory.srs = Srs(store.seal.secret("srs"))

    def rewrite(sender: Address, domain: str) -> Address:
        return srs.forward(sender, domain, store.clock())

    intake.rewrite = rewrite if config.relay.srs else None
