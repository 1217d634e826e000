"""Who asks: the user of a token, or, on this machine and as long as there is no token, the local user."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from assistant.channels.http.api import Api, api
from assistant.channels.http.errors import Refused
from assistant.channels.http.requests import note
from semantic_layer.errors import UsageError

Scope = Literal["ask", "read", "write", "metrics"]
SCOPES: dict[Scope, str] = {
    "ask": "Ask questions, run queries, hold conversations, rate answers.",
    "read": "Look at the catalog, boards and actions, and take audiences along.",
    "write": "Change boards, decide actions.",
    "metrics": "Read the counters of the server.",
}
_bearer = HTTPBearer(auto_error=False, description="A token made by `wenshu token create`.")


@dataclass(frozen=True)
class Caller:
    """Who asks; `token` is the id of the token, empty for the local user."""

    user: str | None
    token: str
    scopes: frozenset[str]

    @property
    def name(self) -> str:
        """By which the store knows the user."""
        return self.user or ""


def caller(
    request: Request,
    needed: SecurityScopes,
    here: Annotated[Api, Depends(api)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Who sent a request. Raises Refused: 401 without a good token, 403 for want of a scope or a role, 429 for too many requests."""
    found = _local(request, here) if given is None and "authorization" not in request.headers else bearer(here, given.credentials if given else "")
    note(request, user=found.name, token=found.token)
    after = here.rates.take(found.token, here.settings.rate_per_minute) if found.token else None
    if after is not None:
        raise Refused(429, "too_many", "http_too_many", after, n=here.settings.rate_per_minute)
    if missing := sorted(set(needed.scopes) - found.scopes):
        raise Refused(403, "scope", "http_scope", scope=", ".join(missing))
    if "metrics" not in needed.scopes:
        _check_role(here, found)
    return found


def bearer(here: Api, secret: str) -> Caller:
    """Whose token a secret is. Raises Refused."""
    token = here.service.store.tokens.known(here.service.shop, secret)
    if token is None:
        raise Refused(401, "unauthorized", "http_unauthorized")
    return Caller(token.user or None, token.id, frozenset(token.scopes))


def _local(request: Request, here: Api) -> Caller:
    if here.local is None or here.service.store.tokens.any(here.service.shop):
        raise Refused(401, "unauthorized", "http_unauthorized")
    if not _is_here(request.url.hostname or ""):  # a name that somebody made to point to this machine
        raise Refused(403, "host", "http_host")
    origin = request.headers.get("origin")
    if origin and origin not in here.settings.cors_origins and urlsplit(origin).netloc != request.url.netloc:
        raise Refused(403, "origin", "http_origin")
    return Caller(here.local or None, "", frozenset(SCOPES))


def _check_role(here: Api, found: Caller) -> None:
    try:
        here.service.assistant.shop.access(found.user)
    except UsageError:
        raise Refused(403, "no_role", "http_no_role") from None


def _is_here(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
