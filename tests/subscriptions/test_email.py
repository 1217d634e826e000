"""Mails over real connections to a server on this machine: encrypted, with chart and table, and safe whatever stands in the data."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from assistant.channels.chat.email import CHANNEL, EmailSettings
from assistant.channels.chat.message import Message
from semantic_layer.errors import ChannelError
from tests.subscriptions.smtp import Mailbox, serve

SPEC = {"mark": "bar", "data": {"values": [{"a": "x", "b": 1}]}, "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}}}
HOSTILE = "<script>x()</script> & \"q\"\r\nBcc: all@else.example"
FULL = Message(
    text=f"{HOSTILE}\nsales of 5", title=HOSTILE, details=("» <b>reading</b>",), heads=("city", "sales"), numeric=(False, True),
    table=((HOSTILE, "5"),), more=2, rows="city,sales\nx,5\n", spec=SPEC, alt='a "chart" <x>',
)  # fmt: skip


def settings(at: int, **more: object) -> EmailSettings:
    return EmailSettings.model_validate({"host": "127.0.0.1", "port": at, "security": "none", "sender": "wenshu@shop.example", "timeout": 10.0, **more})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate of 127.0.0.1 that signs itself, and its key."""
    from ipaddress import ip_address

    key = ec.generate_private_key(ec.SECP256R1())
    name, day = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), dt.timedelta(days=1)
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture(params=["starttls", "ssl"])
def encrypted(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Mailbox, int, str]]:
    """A server that takes mails over TLS alone, from those who sign in."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    box = Mailbox()
    controller = serve(box, context, "secret", whole=request.param == "ssl")
    yield box, controller.port, request.param
    controller.stop()


def test_over_tls_with_a_password(encrypted: tuple[Mailbox, int, str], certificate: Path) -> None:
    box, port, security = encrypted
    given = {"security": security, "username": "wenshu", "ca_file": str(certificate)}
    CHANNEL.poster(settings(port, **given, password="secret")).send("ann@shop.example", FULL, "k1")
    assert box.keys == ["<k1@shop.example>"]
    with pytest.raises(ChannelError, match="sign in") as error:
        CHANNEL.poster(settings(port, **given, password="wrong")).send("ann@shop.example", FULL, "k2")
    assert error.value.again and "wrong" not in str(error.value)
    with pytest.raises(ChannelError, match="CERTIFICATE_VERIFY_FAILED"):
        CHANNEL.poster(settings(port, security=security, username="wenshu", password="secret")).send("ann@shop.example", FULL, "k3")
    assert len(box.mails) == 1


def test_a_mail_has_text_html_chart_and_file(mailbox: Mailbox) -> None:
    CHANNEL.poster(settings(mailbox.port)).send("ann@shop.example", FULL, "k1")  # type: ignore[attr-defined]
    (mail,) = mailbox.mails
    kinds = [p.get_content_type() for p in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "text/csv"]
    html, image = mail.get_body(("html",)).get_content(), next(p for p in mail.walk() if p.get_content_type() == "image/png")  # type: ignore[union-attr]
    assert f"cid:{image['Content-ID'][1:-1]}" in html and image.get_content()[:4] == b"\x89PNG" and image.get_content_disposition() == "inline"
    assert "sales of 5" in mail.get_body(("plain",)).get_content() and mail["Auto-Submitted"] == "auto-generated"  # type: ignore[union-attr]


def test_what_stands_in_data_begins_no_header_and_no_markup(mailbox: Mailbox) -> None:
    CHANNEL.poster(settings(mailbox.port)).send("ann@shop.example", FULL, "k1\r\nBcc: all@else.example")  # type: ignore[attr-defined]
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None and mail["To"] == "ann@shop.example" and "Bcc: all@else.example" in mail["Subject"]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html and "<b>" not in html and "&lt;script&gt;" in html and "<x>" not in html


@pytest.mark.parametrize("place", ["", "ann", "ann@", "@shop.example", "a@b.c, d@e.f", "a@b.c\nBcc: d@e.f", "Ann <a@b.c>", "a@b@c.d", "<a@b.c>", "a b@c.d"])
def test_what_is_no_address_is_sent_nothing(mailbox: Mailbox, place: str) -> None:
    with pytest.raises(ChannelError) as error:
        CHANNEL.poster(settings(mailbox.port)).send(place, FULL, "k1")  # type: ignore[attr-defined]
    assert not error.value.again and not mailbox.mails


@pytest.mark.parametrize(("said", "again"), [("450 later", True), ("550 no such user", False)])
def test_what_the_server_refuses_for_good_is_not_tried_again(mailbox: Mailbox, said: str, again: bool) -> None:
    mailbox.refusals["full@shop.example"] = said
    with pytest.raises(ChannelError, match=said) as error:
        CHANNEL.poster(settings(mailbox.port)).send("full@shop.example", FULL, "k1")  # type: ignore[attr-defined]
    assert error.value.again is again


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(ChannelError, match="cannot be spoken to") as error:
        CHANNEL.poster(settings(1)).send("ann@shop.example", FULL, "k1")
    assert error.value.again


@pytest.mark.parametrize("wrong", [{"host": "mail.example"}, {"sender": "nobody"}, {"sender": "a@b.c\nBcc: d@e.f"}, {"port": 0}, {"more": 1}])
def test_settings_that_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(25, **wrong)
