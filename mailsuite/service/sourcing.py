"""The other directory that is asked about people, where the configuration names one."""

from attrs import define

from mailsuite.config import Config
from mailsuite.config.sources import LdapTree, SqlTable
from mailsuite.directory.outside import Hashed, Outside, Source
from mailsuite.directory.service import Directory
from mailsuite.store.opening import Store
from mailsuite.store.sql_source import SqlSource
from mailsuite.wire.pools import Pool
from mailsuite.wire.shared import Turn

THREADS = 4  # that wait for it
WAITING = 200  # questions; one more is answered as temporary trouble


@define
class Asking:
    """The source in use, with its threads; none of both where nothing is configured."""

    source: Source | None = None
    pool: Pool | None = None

    def stop(self) -> None:
        """Give back what is held."""
        if self.pool is not None:
            self.pool.stop()
        if self.source is not None:
            self.source.close()


def ask_outside(config: Config, turn: Turn, store: Store, directory: Directory) -> Asking:
    """Let the directory ask the source of the configuration."""
    sql, tree = config.directory.sql, config.directory.ldap
    source: Source
    if sql.url:
        name, domains, source = "sql", sql.domains, Hashed(_sql(sql))
    elif tree.url:
        name, domains, source = "ldap", tree.domains, _ldap(tree)
    else:
        return Asking()
    pool = Pool(turn, "directory", THREADS, WAITING)
    seconds = turn.reactor.seconds
    directory.ask(Outside(name, source, frozenset(domains), store, pool, seconds))
    return Asking(source, pool)


def _sql(sql: SqlTable) -> SqlSource:
    return SqlSource(
        sql.url,
        sql.user_query,
        sql.password_query,
        sql.alias_query,
        sql.timeout,
        THREADS,
    )


def _ldap(tree: LdapTree) -> Source:
    # A library of 4 MiB that nobody needs who has no such directory.
    from mailsuite.directory.ldap import LdapSource  # noqa: PLC0415

    return LdapSource(
        tree.url,
        tree.base,
        tree.filter,
        tree.bind_dn,
        tree.bind_password,
        tree.address_attribute,
        tree.name_attribute,
        tree.quota_attribute,
        tree.ca_file,
        tree.timeout,
    )
