from tests.smtp.conftest import House


def test_noop_before_ehlo_and_with_an_argument(house: House) -> None:
    house.mx().dialogue("S: 220 ...\nC: NOOP ignored\nS: 250 2.0.0 Ok")
