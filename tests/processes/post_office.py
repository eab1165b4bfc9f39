"""A mail server that can be away, refuse, be slow or hang up."""

import asyncio
import threading
from collections import Counter
from email import message_from_bytes, policy
from typing import NamedTuple

from aiosmtpd.controller import Controller

from tests.processes.servers import free_port

PATIENCE = 60  # seconds until what is waited for must have happened


class Mail(NamedTuple):
    """What was handed over with DATA, accepted or not."""

    to: str
    message_id: str
    text: str


class PostOffice:
    """aiosmtpd on a port that stays the same. The lists name addresses; `received` is in order."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.received = []
        self.refused, self.greylisted, self.hung_up_on, self.slow = set(), set(), set(), set()
        self.released = threading.Event()
        self.together = None  # a threading.Barrier: the next deliveries wait for one another
        self._news = threading.Condition()
        self._controller = None

    def open(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def close(self):
        self.released.set()
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such user"
        if address in self.greylisted:
            self.greylisted.remove(address)
            return "450 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [to] = envelope.rcpt_tos
        message = message_from_bytes(envelope.content, policy=policy.default)
        with self._news:
            self.received.append(Mail(to, message["Message-ID"], message.get_content()))
            self._news.notify_all()
        loop = asyncio.get_running_loop()
        if self.together is not None:
            await loop.run_in_executor(None, self.together.wait, PATIENCE)
        if to in self.slow:
            await loop.run_in_executor(None, self.released.wait, PATIENCE)
        if to in self.hung_up_on:
            self.hung_up_on.remove(to)
            server.transport.abort()
        return "250 OK"

    def wait_for(self, condition):
        """Until condition(self.received) holds, looked at after each delivery."""
        with self._news:
            assert self._news.wait_for(lambda: condition(self.received), PATIENCE), self.received

    def count(self):
        """{address: deliveries}"""
        return Counter(mail.to for mail in self.received)
