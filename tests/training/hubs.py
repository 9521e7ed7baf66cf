"""The internet, as far as addresses of datasets need it: hubs that speak the part of their protocols which is used.

Libraries and product code are the real ones. They reach this server through the variables that also lead them through a
company's proxy; it answers for every host, over TLS.
"""

import hashlib
import json
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.http_server import running

Answer = tuple[int, Mapping[str, str], bytes]
COMMIT = "c" * 40


class Hubs(ThreadingHTTPServer):
    """Answers by address without query; ``asked`` lists what was asked for, and under which name."""

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate is not None:
            self.tls.load_cert_chain(certificate)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def offer(self, address: str, body: bytes | object = b"", *, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[address] = (status, {key.replace("_", "-"): value for key, value in headers.items()}, content)

    def offer_repository(
        self, kind: str, name: str, files: Mapping[str, bytes], *, revisions: Sequence[str], commit: str = COMMIT
    ) -> None:
        """As Hugging Face's hub does: a revision has a commit, a commit a tree, each file an address with its tag."""
        for revision in revisions:
            self.offer(f"/api/{kind}/{name}/revision/{revision}", {"id": name, "sha": commit, "siblings": []})
        tags = {path: hashlib.sha1(content, usedforsecurity=False).hexdigest() for path, content in files.items()}
        tree = [{"type": "file", "path": path, "size": len(files[path]), "oid": tag} for path, tag in tags.items()]
        self.offer(f"/api/{kind}/{name}/tree/{commit}", tree)
        for path, content in files.items():
            address = f"{'' if kind == 'models' else f'/{kind}'}/{name}/resolve/{commit}/{path}"
            self.offer(address, content, ETag=f'"{tags[path]}"', X_Repo_Commit=commit)


class _Handler(BaseHTTPRequestHandler):
    server: Hubs
    host = ""

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.host = self.path.partition(":")[0]
        tunnel = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.connection, self.rfile, self.wfile = tunnel, tunnel.makefile("rb"), tunnel.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self) -> None:
        address = self.host + self.path.partition("?")[0]
        self.server.asked.append((address, self.headers.get("Authorization", "")))
        status, headers, body = self.server.answers.get(address, (404, {}, b""))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass

    def finish(self) -> None:
        super().finish()
        self.connection.close()


@contextmanager
def hubs(folder: Path, *hosts: str) -> Iterator[Hubs]:
    """Run the server; its certificate, for these hosts, lies in ``folder/hubs.pem``."""
    pem = folder / "hubs.pem"
    names = ",".join(f"DNS:{host}" for host in hosts)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=hubs")
    files = ("-keyout", str(pem), "-out", "/dev/stdout", "-addext", f"subjectAltName={names}")
    made = subprocess.run(["openssl", "req", "-x509", *curve, *files], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + made.stdout)
    with running(Hubs(pem)) as server:
        yield server
