"""Posts to an address out there: encrypted, to no address of the inner network, and without being sent elsewhere."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from semantic_layer.errors import ChannelError

SECONDS = 10.0
_LARGEST = 1_000_000  # bytes of a reply that are read
_SLOWEST = 3600.0  # seconds, beyond which nobody means a wish to wait


class Reply(NamedTuple):
    """What came back: the status of HTTP, the headers by their names in lower case, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def after(self) -> float | None:
        """The seconds to wait that the other side asks for."""
        told = self.headers.get("retry-after", "")
        return min(float(told), _SLOWEST) if told.isdigit() else None


def post(url: str, body: bytes, headers: Mapping[str, str], private: bool = False, seconds: float = SECONDS) -> Reply:
    """Posts; gives whatever came back, a redirect too. HTTPS alone, except on this machine.

    `private` allows addresses that are not of the public network, as this machine's own. Raises ChannelError, also where another
    side cannot be reached.
    """
    parts = _checked(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        connection.sock = _connected(host, port, private, parts.scheme == "https", seconds)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Host": parts.netloc, "User-Agent": "wenshu", **headers})
        reply = connection.getresponse()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read(_LARGEST))
    except (OSError, HTTPException) as error:
        raise ChannelError(f"{host} cannot be reached: {type(error).__name__}: {error}.", f"无法连接 {host}：{error}。") from None
    finally:
        connection.close()


def is_local(host: str) -> bool:
    """Whether a host is named as this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
        raise ChannelError("This is no address to post to.", "地址无效。", again=False)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local(parts.hostname or "")):
        to = parts.hostname
        raise ChannelError(f"Nothing is posted to {to} unencrypted; write https.", f"不能以明文发送到 {to}，请使用 https。", again=False)
    return parts


def _connected(host: str, port: int, private: bool, encrypted: bool, seconds: float) -> socket.socket:
    """Connected to an address that was looked at, and not looked up again in between."""
    addresses = list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if not (private or all(_is_public(a) for a in addresses)):
        raise ChannelError(f"{host} is not on the public network; the settings do not allow that.", f"{host} 不是公网地址，设置不允许。", again=False)
    plain = _first(addresses, port, seconds)
    if not encrypted:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _first(addresses: list[str], port: int, seconds: float) -> socket.socket:
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), seconds)
    return socket.create_connection((addresses[-1], port), seconds)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast
