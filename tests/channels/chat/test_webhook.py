"""A message goes out signed, to where it may go; with a receiver on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.channels.chat.channel import Incoming
from assistant.channels.chat.message import Button, Message
from assistant.channels.chat.outgoing import post
from assistant.channels.chat.registry import names
from assistant.channels.chat.webhook import CHANNEL, WebhookSettings
from semantic_layer.errors import ChannelError
from tests.channels.chat.standin import Call, Standin, standin

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MESSAGE = Message(
    text="销售额为 ¥1,234", lang="zh", heads=("部门", "销售额"), numeric=(False, True), table=(("<!channel> @all", "1,234"),), rows="部门,销售额\n", buttons=(Button(label="b", do="x"),)
)


@pytest.fixture
def receiver() -> Iterator[Standin]:
    yield from standin(lambda call: (204 if call.path == "/in?a=1" else 500, {}))


def settings(url: str, private: bool = True) -> WebhookSettings:
    return WebhookSettings.model_validate({"receivers": {"erp": {"url": url, "secret": SECRET, "private": private}}})


def send(url: str, private: bool = True, place: str = "erp", key: str = "k1") -> None:
    CHANNEL.poster(settings(url, private)).send(place, MESSAGE, key)


def verified(call: Call) -> dict[str, Any]:
    """As a receiver does, by the specification."""
    id, at = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    wanted = base64.b64encode(hmac.new(KEY, f"{id}.{at}.".encode() + call.body, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{wanted}" and at.isdigit()
    return call.json


def test_a_message_is_posted_signed_and_named(receiver: Standin) -> None:
    send(receiver.url + "/in?a=1")
    (call,) = receiver.calls
    posted = verified(call)
    assert call.method == "POST" and call.headers["content-type"] == "application/json"
    assert posted["type"] == "message" and posted["data"]["text"] == MESSAGE.text and posted["data"]["table"] == [["<!channel> @all", "1,234"]]
    assert "buttons" not in posted["data"] and "ask" not in posted["data"]


def test_every_try_has_the_same_key(receiver: Standin) -> None:
    for _ in range(2):
        send(receiver.url + "/in?a=1", key="delivery-7")
    assert [c.headers["idempotency-key"] for c in receiver.calls] == [c.headers["webhook-id"] for c in receiver.calls] == ["delivery-7"] * 2


@pytest.mark.parametrize(("status", "again", "after"), [(500, True, None), (429, True, 7.0), (401, True, None), (410, False, None), (302, False, None)])
def test_what_is_not_taken_says_whether_to_try_again(status: int, again: bool, after: float | None) -> None:
    for target in standin(lambda _: (204, {})):
        for receiver in standin(lambda _, to=target.url: (status, {"location": to})):  # type: ignore[misc]
            with pytest.raises(ChannelError) as told:
                send(receiver.url)
            assert (told.value.again, told.value.after) == (again, after)
            assert len(receiver.calls) == 1 and not target.calls  # where it is sent on to, nothing goes


def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ChannelError) as told:
        send(f"http://127.0.0.1:{port}")
    assert told.value.again


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/", "https://[::ffff:127.0.0.1]:1/", "https://10.0.0.1/", "https://169.254.169.254/latest/", "https://192.168.1.1/", "https://0.0.0.0/", "https://[fe80::1]/", "https://[2002:7f00:1::]/", "https://224.0.0.1/"]
)  # fmt: skip
def test_the_inner_network_is_closed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(*_: object, **__: object) -> socket.socket:
        raise AssertionError("it was connected to")

    monkeypatch.setattr(socket, "create_connection", connected)
    with pytest.raises(ChannelError, match="not on the public network") as told:
        send(url, private=False)
    assert not told.value.again


def test_a_name_of_which_one_address_is_inside_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ChannelError, match="not on the public network"):
        send("https://rebound.example/", private=False)


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "https://u:p@example.com/", "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "https://example.com/\r\nX: y"])
def test_what_is_no_encrypted_address_is_refused(url: str) -> None:
    with pytest.raises(ChannelError) as told:
        send(url if len(url) >= 8 else url + "        ", private=True)
    assert not told.value.again


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Any) -> None:
    """A server of TLS on loopback whose certificate is its own."""
    import datetime as dt
    import threading

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    (tmp_path / "pem").write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    got: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        plain, _ = listening.accept()
        with plain, pytest.raises(OSError), context.wrap_socket(plain, server_side=True) as connection:
            got.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        with pytest.raises(ChannelError, match="CERTIFICATE_VERIFY_FAILED"):
            post(f"https://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {}, private=True)
        thread.join()
    assert not any(got)


def test_only_named_receivers_and_nothing_comes_in(receiver: Standin) -> None:
    with pytest.raises(ChannelError, match="no receiver") as told:
        send(receiver.url, place=receiver.url)
    assert not told.value.again and not receiver.calls
    with pytest.raises(ChannelError):
        CHANNEL.poster(settings(receiver.url)).answer(Incoming("k", "p", "t"), MESSAGE)
    assert "webhook" in names() and "outgoing" not in names()


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_***", SECRET.removeprefix("whsec_")])
def test_a_weak_secret_is_refused_and_not_told(secret: str) -> None:
    with pytest.raises(ValidationError) as told:
        WebhookSettings.model_validate({"receivers": {"erp": {"url": "https://example.com", "secret": secret}}})
    assert "24 to 64 random bytes" in str(told.value)
    assert SECRET not in repr(settings("https://example.com"))
