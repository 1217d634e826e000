"""A mail server on this machine that keeps what it gets, and may refuse it, keep silent, or hang up after it has read it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import random
import socket
import ssl
import threading
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """Keeps the mails; the handler of a server. `flaky` is the share of deliveries that go wrong, in one of several ways."""

    def __init__(self, flaky: float = 0.0, seed: int = 1, slow: float = 3.0) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}  # what is said to whom
        self._random, self._flaky, self._slow = random.Random(seed), flaky, slow
        self._new = threading.Condition()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        fate = self._random.choice(["refuse", "silent", "hang up", "hang up after"]) if self._random.random() < self._flaky else "take"
        if fate == "refuse":
            return "451 try again later"
        if fate in ("take", "hang up after"):
            with self._new:
                self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
                self._new.notify_all()
        if fate == "silent":
            await asyncio.sleep(self._slow)
        if fate != "take":
            server.transport.close()
        return "250 OK"

    @property
    def keys(self) -> list[str]:
        """Of all mails, repeats included."""
        return [str(m["Message-ID"]) for m in self.mails]

    def wait(self, number: int, seconds: float = 60) -> bool:
        """Waits until so many different mails are here."""
        until = time.monotonic() + seconds
        with self._new:
            return self._new.wait_for(lambda: len(set(self.keys)) >= number, until - time.monotonic())


def serve(mailbox: Mailbox, tls: ssl.SSLContext | None = None, password: str = "", whole: bool = False) -> Controller:
    """A started server on a free port of this machine; over TLS from the beginning, or from STARTTLS on."""

    def authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    more: dict[str, Any] = {"authenticator": authenticated, "auth_required": True, "auth_require_tls": not whole} if password else {}
    if tls is not None and not whole:
        more |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), ssl_context=tls if whole else None, **more)
    controller.start()
    return controller


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
