"""The operator's orders to a queue that is running."""

from mailsuite.relay.admin import QueueAdmin
from tests.relay.sink import done
from tests.relay.world import HOUR, World


def test_the_operators_orders(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    admin = QueueAdmin(world.store, world.relay.hurry)
    queue_id = world.queue("bob@there.test")
    assert done(admin.hold(queue_id)) == 1
    world.pass_time(HOUR)
    assert len(world.sender.tried) == 1
    (listed,) = done(admin.list())
    assert listed.recipients[0].state == "held"
    assert done(admin.release(queue_id)) == 1
    assert len(world.sender.tried) == 2
    assert done(admin.retry(queue_id)) == 1
    assert len(world.sender.tried) == 3
    assert done(admin.fail(queue_id)) == 1
    assert len(world.intake.reports) == 1
    assert world.entries() == []
    other = world.queue("bob@there.test")
    done(admin.remove(other))
    assert done(admin.list()) == []
    assert len(world.intake.reports) == 1
