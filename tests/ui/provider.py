"""A provider of OpenID Connect on this machine, where people choose who they are."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

PEOPLE = ("ann@example.com", "bob@example.com")


@contextmanager
def provider(client: str) -> Iterator[str]:
    """The address of a running provider for one client."""
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    nonces: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(asked.query).items()}
            if asked.path == "/.well-known/openid-configuration":
                self.give({
                    "issuer": place, "authorization_endpoint": f"{place}/authorize", "token_endpoint": f"{place}/token", "jwks_uri": f"{place}/keys",
                    "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                })  # fmt: skip
            elif asked.path == "/keys":
                self.give({"keys": [key.as_dict(private=False)]})
            elif asked.path == "/authorize":
                links = ""
                for person in PEOPLE:
                    nonces[person] = query.get("nonce", "")
                    links += f'<a href="{query["redirect_uri"]}?{urlencode({"code": person, "state": query["state"]})}">{person}</a> '
                self.give(links, "text/html")

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            person, now = form["code"][0], int(time.time())
            claims = {"iss": place, "aud": client, "sub": person, "email": person, "iat": now, "exp": now + 600, "nonce": nonces[person]}
            token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
            self.give({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

        def give(self, body: object, kind: str = "application/json") -> None:
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
