"""E-mail by SMTP: only written to. A message is HTML and plain text, its chart inside, its Message-ID the key of the delivery."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Callable
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from assistant.channels.chat.channel import ChannelSettings, Incoming, Poster
from assistant.channels.chat.message import Message
from semantic_layer.errors import ChannelError, UsageError

if TYPE_CHECKING:
    from fastapi import APIRouter

    from assistant.channels.chat.reception import Reception

_LONGEST_SUBJECT = 150
_FONT = "font-family:-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;font-size:15px;line-height:1.5;color:#1f2328"
_CELL = "padding:4px 12px 4px 0;border-bottom:1px solid #d8dee4"


class EmailSettings(ChannelSettings):
    """`channels: {email: ...}`. The places are addresses."""

    host: str = Field(min_length=1, description="The mail server that takes our messages.")
    port: int = Field(default=587, ge=1, le=65_535, description="Its port: 587 for starttls, 465 for ssl.")
    security: Literal["starttls", "ssl", "none"] = Field(default="starttls", description="How to encrypt the connection; none only to this machine.")
    username: str = Field(default="", description="The name to sign in with; empty: the server asks for none.")
    password: str = Field(default="", repr=False, description="The password to sign in with.")
    sender: str = Field(min_length=3, description="From whom the messages are: an address.", examples=["wenshu@shop.example"])
    name: str = Field(default="Wenshu 问数", description="What the sender is called.")
    timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds to wait for the server.")
    ca_file: str = Field(default="", description="A file of certificates that the server's is checked against, besides those of the system.")

    @model_validator(mode="after")
    def _safe(self) -> EmailSettings:
        _address(self.sender)
        if self.security == "none" and not _is_local(self.host):
            raise ValueError("security: none sends everything readable for all on the way; it is only for a server on this machine")
        return self


class EmailPoster:
    """Sends by the server of the settings."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    def answer(self, incoming: Incoming, message: Message) -> None:
        """Nothing comes in by e-mail."""
        raise ChannelError("E-mail is only written to.", "邮件渠道只发送，不接收。", again=False)

    def send(self, place: str, message: Message, key: str) -> None:
        """Sends to an address. What the server refuses for good (5xx) is not tried again."""
        mail = mail_of(self._settings, place, message, key)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:  # somebody will mend the settings
            raise ChannelError(f"The mail server refuses to let us sign in: {_told(error)}.") from None
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (450, b""))
            raise ChannelError(f"The mail server refuses the address: {code} {_text(said)}.", again=code < 500) from None
        except smtplib.SMTPResponseException as error:
            raise ChannelError(f"The mail server says {_told(error)}.", again=error.smtp_code < 500) from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(f"The mail server cannot be spoken to: {type(error).__name__}: {error}.") from None

    def _connected(self) -> smtplib.SMTP:
        """Signed in, over an encrypted connection where the settings say so."""
        s = self._settings
        context = ssl.create_default_context()
        if s.ca_file:
            context.load_verify_locations(s.ca_file)
        if s.security == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout, context=context)
        else:
            server = smtplib.SMTP(s.host, s.port, timeout=s.timeout)
        try:
            if s.security == "starttls":
                server.starttls(context=context)
            if s.username:
                server.login(s.username, s.password)
        except BaseException:
            server.close()
            raise
        return server


class EmailChannel:
    """See `Channel`."""

    name = "email"
    settings: type[ChannelSettings] = EmailSettings

    def poster(self, settings: EmailSettings) -> Poster:
        """Needs no package."""
        return EmailPoster(settings)

    def routes(self, settings: Any, receive: Reception) -> APIRouter | None:
        """None: nothing comes in."""
        return None

    def listen(self, settings: Any, receive: Reception) -> Callable[[], None] | None:
        """None: nothing comes in."""
        return None


CHANNEL = EmailChannel()


def mail_of(settings: EmailSettings, place: str, message: Message, key: str) -> EmailMessage:
    """The mail of a message. Raises ChannelError for a place that is no address."""
    try:
        to, sender = _address(place), _address(settings.sender)
    except ValueError:
        raise ChannelError(f"{place} is no e-mail address.", f"{place} 不是邮箱地址。", again=False) from None
    mail, key = EmailMessage(policy=SMTP), _line(key).replace(" ", "")
    mail["Subject"] = _line(message.title or message.text)[:_LONGEST_SUBJECT]
    mail["From"] = Address(_line(settings.name), sender.username, sender.domain)
    mail["To"] = to
    mail["Date"] = format_datetime(dt.datetime.now(dt.UTC))
    mail["Message-ID"] = f"<{key}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_plain(message))
    picture = _picture(message)
    mail.add_alternative(_html(message, key if picture else ""), subtype="html")
    if picture:
        html = mail.get_payload()[1]  # type: ignore[index]
        html.add_related(picture, "image", "png", cid=f"<{key}>", filename="chart.png", disposition="inline")  # type: ignore[union-attr]
    if message.more:
        mail.add_attachment(message.rows.encode("utf-8-sig"), "text", "csv", filename="data.csv")
    return mail


def _picture(message: Message) -> bytes | None:
    try:
        return message.picture()
    except UsageError:  # without the extra `charts`, the figures alone
        return None


def _plain(message: Message) -> str:
    lines = [message.text, ""]
    if message.heads:
        lines += ["\t".join(row) for row in (message.heads, *message.table)] + [""]
    return "\n".join([*lines, *message.details]) + "\n"


def _html(message: Message, picture: str) -> str:
    first, *more = message.text.split("\n")
    parts = [f'<p style="font-size:17px;font-weight:600;margin:0 0 8px">{escape(first)}</p>' if more else f"<p>{escape(first)}</p>"]
    parts += [f'<p style="margin:0 0 8px">{escape(line)}</p>' for line in more]
    if picture:
        parts.append(f'<img src="cid:{picture}" alt="{escape(message.alt, quote=True)}" style="max-width:100%;width:640px">')
    if message.heads:
        parts.append(_table(message))
    parts += [f'<p style="margin:4px 0;color:#59636e;font-size:13px">{escape(line)}</p>' for line in message.details]
    lang = "zh-CN" if message.lang == "zh" else "en"
    return f'<!doctype html><html lang="{lang}"><body style="{_FONT}"><div style="max-width:680px">{"".join(parts)}</div></body></html>'


def _table(message: Message) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        styles = [f"{_CELL};text-align:{'right' if number else 'left'}" for number in message.numeric]
        return "<tr>" + "".join(f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in zip(cells, styles, strict=True)) + "</tr>"

    rows = row(message.heads, "th") + "".join(row(cells, "td") for cells in message.table)
    return f'<table style="border-collapse:collapse;margin:8px 0">{rows}</table>'


def _line(text: str) -> str:
    """The text as one line of a header, without anything that could begin another."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _address(text: str) -> Address:
    """One address. Raises ValueError."""
    try:
        found = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        raise ValueError(f"{text} is no e-mail address") from None
    if not (found.username and found.domain) or text != _line(text) or any(c in text for c in " ,;<>\"'()[]:\\") or text.count("@") != 1:
        raise ValueError(f"{text} is no e-mail address")
    return found


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    return _line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:200]
