"""What proves who somebody is: hashes, never passwords."""

from attrs import field, frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.message.addresses import Address
from mailsuite.store.addresses import ACCOUNT
from mailsuite.store.ids import reserve_id
from mailsuite.store.schema import account, address, credential, domain
from mailsuite.store.totp import remove_totp
from mailsuite.store.transaction import Transaction

PASSWORD = "password"  # noqa: S105 - a kind of credential

SIGN_IN = (
    select(
        account.c.id,
        account.c.name,
        account.c.role,
        account.c.state,
        account.c.generation,
        account.c.capabilities,
        credential.c.id.label("credential_id"),
        credential.c.secret,
        credential.c.scram,
    )
    .select_from(
        domain.join(address, address.c.domain_id == domain.c.id)
        .join(account, account.c.id == address.c.account_id)
        .join(credential, credential.c.account_id == account.c.id)
    )
    .where(
        domain.c.name == bindparam("domain"),
        address.c.localpart == bindparam("localpart"),
        address.c.kind == bindparam("address_kind"),
        credential.c.kind == bindparam("kind"),
    )
    .limit(1)
)
INSERT = insert(credential)
DELETE = delete(credential).where(credential.c.account_id == bindparam("of_account"))
DELETE_KIND = DELETE.where(credential.c.kind == bindparam("of_kind"))
# Only the hash that was verified: a password changed meanwhile stays.
UPGRADE = (
    update(credential)
    .where(credential.c.id == bindparam("credential_id"), credential.c.secret == bindparam("old"))
    .values(secret=bindparam("new"), scram=bindparam("verifiers"))
)


@frozen
class SignIn:
    """An account with the hash of its password, as a sign-in needs them."""

    account_id: int
    name: str
    role: str
    state: str
    generation: int
    capabilities: str
    credential_id: int
    secret: str = field(repr=False)
    scram: str = field(default="", repr=False)  # sealed verifiers, about `secret`


def find_sign_in(tx: Transaction, at: Address) -> SignIn | None:
    """Who signs in with this canonical address of theirs; None: nobody."""
    asked = {"domain": at.domain, "localpart": at.localpart}
    rows = tx.execute(SIGN_IN, {**asked, "address_kind": ACCOUNT, "kind": PASSWORD}).tuples()
    return SignIn(*rows[0]) if rows else None


def set_password(tx: Transaction, account_id: int, secret: str, scram: str = "") -> None:
    """Keep the hash of an account's new password in the place of the old one."""
    tx.execute(DELETE_KIND, {"of_account": account_id, "of_kind": PASSWORD})
    tx.execute(
        INSERT,
        {
            "id": reserve_id(tx, "credential"),
            "account_id": account_id,
            "kind": PASSWORD,
            "secret": secret,
            "scram": scram,
            "created": tx.now,
        },
    )


def upgrade_secret(
    tx: Transaction, credential_id: int, old: str, new: str, scram: str = ""
) -> None:
    """Replace a hash by a stronger one of the same password; nobody's session ends."""
    tx.people_changed()  # whoever remembers the row reads it again
    tx.execute(
        UPGRADE, {"credential_id": credential_id, "old": old, "new": new, "verifiers": scram}
    )


def remove_credentials(tx: Transaction, account_id: int) -> None:
    """Nobody signs in to the account any more."""
    tx.execute(DELETE, {"of_account": account_id})
    remove_totp(tx, account_id)
