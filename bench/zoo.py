"""SMTP hosts of the ledger that fail by the dice, and what they took."""

from __future__ import annotations

import asyncio
import collections
import random
import socket
import struct

GOOD, LATER, NO, READY = b"250 2.0.0 ok\r\n", b"451 4.3.0 later\r\n", b"550 5.1.1 no such user\r\n", b"354 go on\r\n"
CLOSE, RUBBISH, CLOSING = b"", b"rubbish\r\n", b"421 4.3.2 closing\r\n"
STALL, RESET = b"stall", b"reset"  # no answer at all until the client goes; RST in place of one
MIXED = (LATER, NO, CLOSE, RUBBISH, CLOSING, STALL, RESET)


class Zoo:
    """One host: it says something of `bad` in place of a good answer, so often.

    `cut`: how often it takes a message and then resets the connection before it says so.
    """

    def __init__(self, seed: str, often: float, bad: tuple[bytes, ...], cut: float = 0.0) -> None:
        self.dice = random.Random(seed)
        self.often, self.bad, self.cut = often, bad, cut
        self.taken: collections.Counter[tuple[str, str]] = collections.Counter()
        self.cuts = self.connections = self.failures = 0

    def says(self, good: bytes) -> bytes:
        if self.dice.random() >= self.often:
            return good
        self.failures += 1
        return self.dice.choice(self.bad)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.conversation(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def answer(self, words: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Say it; False: the connection is over."""
        if words == STALL:
            while await reader.read(65_536):
                pass
            return False
        if words == RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if words:
            writer.write(words)
            await writer.drain()
        return words not in {CLOSE, CLOSING}

    async def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        people: list[str] = []
        words = self.says(b"220 zoo.example\r\n")
        while await self.answer(words, reader, writer) and (line := await reader.readline()):
            verb = line[:4].upper()
            if verb == b"EHLO":
                words = self.says(b"250-zoo.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
            elif verb == b"MAIL":
                people, words = [], self.says(GOOD)
            elif verb == b"RCPT":
                words = self.says(GOOD)
                if words == GOOD:
                    people.append(line.partition(b"<")[2].partition(b">")[0].decode())
            elif verb == b"DATA":
                words = self.says(READY) if people else b"503 5.5.1 RCPT first\r\n"
                if words == READY:
                    await self.answer(words, reader, writer)
                    words = self.end(await text(reader), people)
            elif verb == b"QUIT":
                await self.answer(b"221 bye\r\n", reader, writer)
                return
            else:
                words = GOOD

    def end(self, octets: bytes, people: list[str]) -> bytes:
        words = self.says(GOOD)
        number = octets.partition(b"X-Number: ")[2].partition(b"\r")[0].decode()
        if words != GOOD or not number:  # an empty message ends a transaction that nobody wanted
            return words
        self.taken.update((number, person) for person in people)
        if self.dice.random() < self.cut:
            self.cuts += len(people)
            return RESET
        return words


async def text(reader: asyncio.StreamReader) -> bytes:
    """Up to the end of data; the message may be empty."""
    octets = b""
    while (line := await reader.readuntil(b"\n")) != b".\r\n":
        octets += line
    return octets
