"""A SCRAM client (RFC 5802 §3), for the tests' side of an exchange."""

import base64
import hashlib
import hmac

from attrs import define, field

from mailsuite.directory.sasl.scram import prepared


@define
class ScramClient:
    """Makes the two messages of a client, and checks what the server says."""

    user: str
    password: str
    algorithm: str = "sha256"
    flag: str = "n"
    authzid: str = ""
    bound: bytes = b""
    nonce: str = "rOprNGfwEbeRWgbNEkqO"
    expected: bytes = field(default=b"", init=False)

    @property
    def header(self) -> str:
        return f"{self.flag},{self.authzid and 'a=' + self.authzid},"

    @property
    def bare(self) -> str:
        name = self.user.replace("=", "=3D").replace(",", "=2C")
        return f"n={name},r={self.nonce}"

    def first(self) -> bytes:
        return (self.header + self.bare).encode()

    def last(self, challenge: bytes) -> bytes:
        told = dict(part.split("=", 1) for part in challenge.decode().split(","))
        assert told["r"].startswith(self.nonce)
        assert len(told["r"]) > len(self.nonce) + 16
        salt, rounds = base64.b64decode(told["s"]), int(told["i"])
        words = prepared(self.password).encode()
        salted = hashlib.pbkdf2_hmac(self.algorithm, words, salt, rounds)
        header = base64.b64encode(self.header.encode() + self.bound).decode()
        unproved = f"c={header},r={told['r']}"
        message = f"{self.bare},{challenge.decode()},{unproved}".encode()
        client_key = hmac.digest(salted, b"Client Key", self.algorithm)
        stored = hashlib.new(self.algorithm, client_key).digest()
        signature = hmac.digest(stored, message, self.algorithm)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", self.algorithm)
        self.expected = b"v=" + base64.b64encode(hmac.digest(server_key, message, self.algorithm))
        return f"{unproved},p={base64.b64encode(proof).decode()}".encode()
