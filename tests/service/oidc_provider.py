"""A small identity provider over HTTP: discovery, authorize, token, keys; it can be told to lie."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "planner", "a secret: with / signs"
Json = dict[str, Any]


class Provider:
    """What the provider knows; a test changes it to see what becomes of a login."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing: Any = self.key
        self.algorithm = "RS256"
        self.person: Json = {}  # the claims of whoever agrees next
        self.lies: Json = {}  # claims that replace the true ones; None leaves a claim out
        self.document: Json = {}  # the same for the discovery document
        self.codes: dict[str, dict[str, str]] = {}

    def discovery(self) -> Json:
        endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token",
                     "jwks_uri": "/keys"}  # fmt: skip
        addresses = {name: self.issuer + path for name, path in endpoints.items()}
        return {"issuer": self.issuer, **addresses} | self.document

    def keys(self) -> Json:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """The address that a person who agrees is sent back to."""
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> Json | None:
        """The token for a code, once, for the client and the browser that it was made for."""
        asked = self.codes.pop(form["code"], None)
        client = b64decode(authorization.removeprefix("Basic ")).decode()
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or client != f"{CLIENT}:a%20secret%3A%20with%20%2F%20signs"
            or asked["code_challenge"] != challenge.decode()
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return None
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": time.time(), "exp": time.time() + 300,
                  "nonce": asked["nonce"], **self.person} | self.lies  # fmt: skip
        told = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(told, self.signing, self.algorithm, headers={"kid": "1"})
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on a free port of this host."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    @property
    def provider(self) -> Provider:
        return self.server.provider  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/authorize":
            back = self.provider.authorize(dict(parse_qsl(address.query)))
            self._answer(302, {}, location=back)
        elif address.path == "/keys":
            self._answer(200, self.provider.keys())
        else:
            assert address.path == "/.well-known/openid-configuration"
            self._answer(200, self.provider.discovery())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        token = self.provider.token(dict(parse_qsl(body)), self.headers["authorization"])
        self._answer(*((400, {"error": "invalid_grant"}) if token is None else (200, token)))

    def _answer(self, status: int, content: Json, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass
