from tests.smtp.conftest import TLS, House


def test_helo_and_ehlo(house: House) -> None:
    house.mx().dialogue("""
        S: 220 mx.example.org ESMTP
        C: HELO
        S: 501 5.5.4 ...
        C: HELO client
        S: 250 mx.example.org
        C: EHLO client
        S: 250-mx.example.org
        S: 250-8BITMIME
        S: 250-BINARYMIME
        S: 250-CHUNKING
        S: 250-DELIVERBY
        S: 250-DSN
        S: 250-ENHANCEDSTATUSCODES
        S: 250-LIMITS RCPTMAX=1000
        S: 250-MT-PRIORITY MIXER
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-SMTPUTF8
        S: 250 STARTTLS
    """)


def test_a_submission_port_in_tls_offers_auth_and_no_starttls(house: House) -> None:
    house.submission(tls=TLS).dialogue("""
        S: 220 ...
        C: EHLO phone
        S: 250-mx.example.org
        S: 250-8BITMIME
        S: 250-AUTH PLAIN LOGIN
        S: 250-BINARYMIME
        S: 250-CHUNKING
        S: 250-DELIVERBY
        S: 250-DSN
        S: 250-ENHANCEDSTATUSCODES
        S: 250-FUTURERELEASE 31622400 2028-01-16T08:00:00Z
        S: 250-LIMITS RCPTMAX=1000
        S: 250-MT-PRIORITY MIXER
        S: 250-PIPELINING
        S: 250-REQUIRETLS
        S: 250-SIZE 52428800
        S: 250 SMTPUTF8
    """)


def test_a_second_ehlo_ends_the_transaction(house: House) -> None:
    house.mx().dialogue("""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: EHLO x
        S*: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 503 5.5.1 ...
    """)
