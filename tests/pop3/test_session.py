"""Sessions: signing in, holding the maildrop, ending."""

from tests.pop3.conftest import Pop

ONE = b"Subject: one\r\n\r\nfirst\r\n"
TWO = b"Subject: two\r\n\r\n.dot\r\n..dots\r\n"


def test_a_whole_session(pop: Pop) -> None:
    pop.deliver(ONE, TWO)
    pop.sign_in()
    pop.dialogue(f"""
        C: STAT
        S: +OK 2 {len(ONE) + len(TWO)}
        C: LIST
        S: +OK 2 messages ({len(ONE) + len(TWO)} octets)
        S: 1 {len(ONE)}
        S: 2 {len(TWO)}
        S: .
        C: RETR 2
        S: +OK {len(TWO)} octets
        S: Subject: two
        S:
        S: ..dot
        S: ...dots
        S: .
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK Goodbye
        S: <closed>
    """)
    pop.dialogues.clients.clear()
    pop.sign_in()
    pop.dialogue(f"""
        C: STAT
        S: +OK 1 {len(TWO)}
    """)
