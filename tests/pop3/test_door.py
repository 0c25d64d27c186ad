"""How sessions are made, and refused."""

from attrs import evolve

from mailsuite.pop3.door import Pop3Door
from tests.pop3.conftest import Pop


def test_sessions_take_the_services_of_their_time(pop: Pop) -> None:
    door = Pop3Door(pop.services)
    older = door.session()
    door.services = evolve(pop.services, hostname="new.example.test")
    assert older.services.hostname == "mail.example.test"
    assert door.session().services.hostname == "new.example.test"


def test_one_connection_too_many_is_told_that_it_may_come_again() -> None:
    assert Pop3Door.refusal("Too many connections") == b"-ERR [SYS/TEMP] Too many connections\r\n"
