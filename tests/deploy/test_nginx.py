"""Both configurations of nginx, with the real service: their limits, what they keep, and whom slow senders keep out."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from benchmarks.harness.nginx import REPLICAS, SITE, Nginx, find_binary, run_nginx
from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening
from majani.model.bundle import read_bundle
from serving.http.errors import STATUSES, Problem, RequestCode
from serving.http.limits import MAX_SMALL_BYTES, MAX_UPLOAD_BYTES
from serving.i18n.catalogue import load_catalogues
from serving.i18n.messages import REMEDIES, TITLES
from serving.messaging.webhooks import MAX_DELIVERY_BYTES
from serving.settings import Settings
from tests.absence import absent, needing_what_may_be_absent
from tests.pictures import PictureFactory
from tests.serving.live import Server, serve
from tests.serving.site.tiny_build import SCRIPT, write_build

LANGUAGES = Path(__file__).parents[2] / "data/languages"
MIB = 1024**2
CASES = "/v1/diagnoses"
SLOW_SENDERS = 40
LARGE_BODIES = 4
ADDRESSES = 20

both = pytest.mark.parametrize("configuration", [SITE, REPLICAS], ids=lambda path: path.name)


@pytest.fixture(scope="module")
def service(tiny_bundle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    kept = {"database_url": f"sqlite:///{folder / 'majani.sqlite3'}", "photos_url": folder / "photos"}
    app_dir = write_build(folder / "app")
    # Fewer threads than there are slow senders.
    with serve(tiny_bundle_dir, trusted_proxies=1, app_dir=app_dir, max_waiting=8, **kept) as server:
        yield server


@contextmanager
def before(port: int, configuration: Path, folder: Path) -> Iterator[Nginx]:
    """nginx, which takes what listens there for all its replicas."""
    upstreams = [port] if configuration == SITE else [port] * 2
    with needing_what_may_be_absent(), run_nginx(configuration, upstreams, folder / "nginx") as nginx:
        yield nginx


@pytest.fixture
def front(configuration: Path, service: Server, tmp_path: Path) -> Iterator[Nginx]:
    with before(service.port, configuration, tmp_path) as nginx:
        yield nginx


def ends_at_service(nginx: Nginx) -> list[bool]:
    """Of each request that was answered, whether the service was asked."""
    nginx.stop()
    return [bool(json.loads(line)["replica"]) for line in nginx.log.read_text().splitlines()]


def ask(nginx: Nginx, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", nginx.port, timeout=60)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def begin(nginx: Nginx, declared_bytes: int, sent: bytes, address: str = "127.0.0.1") -> socket.socket:
    """Begin to send a case, from an address of this machine."""
    sender = socket.create_connection(("127.0.0.1", nginx.port), timeout=60, source_address=(address, 0))
    head = f"POST {CASES} HTTP/1.1\r\nHost: majani\r\nContent-Type: image/jpeg\r\nContent-Length: {declared_bytes}"
    sender.sendall(f"{head}\r\n\r\n".encode() + sent)
    return sender


@both
def test_limits_are_those_of_the_service(configuration: Path) -> None:
    text = configuration.read_text(encoding="utf-8")
    sizes = re.findall(r"client_max_body_size (\w+);", text)
    photos, deliveries, others = f"{Settings().max_request_bytes // MIB}m", f"{MAX_DELIVERY_BYTES // MIB}m", "64k"
    assert MAX_SMALL_BYTES == 64 * 1024
    taught = f"{MAX_UPLOAD_BYTES // MIB}m"
    assert sorted(set(sizes)) == sorted({photos, deliveries, others, taught})
    # Where large bodies may come, those that fill the memory are bounded too.
    large = len(sizes) - sizes.count(others)
    assert large == text.count("limit_conn large_from ") == text.count("limit_conn large ")


@both
def test_own_failures_are_problems_of_the_api(configuration: Path) -> None:
    bodies = re.findall(r"return \d+ '(\{.*\})';", configuration.read_text(encoding="utf-8"))
    problems = [TypeAdapter(Problem).validate_json(body) for body in bodies]
    assert {problem.code for problem in problems} == {RequestCode.BUSY, RequestCode.REQUEST_TOO_LARGE}
    for problem in problems:
        assert (problem.status, problem.title) == (STATUSES[problem.code], TITLES[problem.code])
        assert problem.type == f"/problems/{problem.code}"


@both
def test_bodies_are_bounded_by_route(front: Nginx) -> None:
    small = ["PUT /v1/diagnoses/some/feedback", "POST /desk/sign-in"]
    small += [f"{method} {path}" for method in ("GET", "DELETE") for path in (CASES, "/", "/channels/telegram")]
    large = {f"POST {CASES}": Settings().max_request_bytes, "POST /channels/telegram": MAX_DELIVERY_BYTES}
    for asked, most in {**dict.fromkeys(small, MAX_SMALL_BYTES), **large}.items():
        method, path = asked.split()
        answer, content = ask(front, method, path, Content_Length=str(most + 1))
        assert answer.status == 413, asked
        if path.startswith("/v1/"):
            assert json.loads(content)["code"] == "request_too_large"


@both
def test_slow_senders_keep_no_other_out(front: Nginx, pictures: PictureFactory) -> None:
    """More of them than the service has threads, each a byte at a time."""
    stop = threading.Event()

    def trickle(senders: list[socket.socket]) -> None:
        while not stop.wait(0.5):
            for sender in senders:
                sender.sendall(b"x")

    photo = pictures.jpeg_12mp()
    with ExitStack() as stack:
        senders = [stack.enter_context(begin(front, 300_000, b"x" * 1000)) for _ in range(SLOW_SENDERS)]
        thread = threading.Thread(target=trickle, args=(senders,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(stop.set)
        time.sleep(1)
        for _ in range(4):
            answer, _ = ask(front, "POST", CASES, photo, Content_Type="image/jpeg")
            assert answer.status == 201


@both
def test_one_address_cannot_fill_the_memory(front: Nginx, pictures: PictureFactory) -> None:
    """It may send so many large bodies at a time; small photos still come through."""
    with ExitStack() as stack:
        for _ in range(LARGE_BODIES):
            stack.enter_context(begin(front, 30 * MIB, b"x" * MIB))
        time.sleep(0.5)
        answer, content = ask(front, "POST", CASES, bytes(2 * MIB), Content_Type="image/jpeg")
        assert (answer.status, json.loads(content)["code"]) == (503, "busy")
        assert ask(front, "POST", "/channels/whatsapp", bytes(2 * MIB))[0].status == 503
        assert ask(front, "POST", CASES, pictures.red(), Content_Type="image/jpeg")[0].status == 201


@both
def test_one_address_cannot_fill_the_memory_over_http_2(front: Nginx, pictures: PictureFactory) -> None:
    """Where a body need not say how long it is."""
    url = f"http://127.0.0.1:{front.port}{CASES}"
    command = ["curl", "--silent", "--http2-prior-knowledge", "--request", "POST"]
    command += ["--header", "Content-Type: image/jpeg", "--upload-file", "-", url]
    with ExitStack() as stack:
        for _ in range(LARGE_BODIES):
            sender = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            stack.callback(sender.kill)
            assert sender.stdin is not None
            sender.stdin.write(bytes(MIB))
            sender.stdin.flush()
        time.sleep(1)
        fifth = [*command, "--write-out", "%{http_version} %{http_code}", "--output", os.devnull]
        refused = subprocess.run(fifth, input=bytes(2 * MIB), capture_output=True, check=False)
        assert refused.stdout == b"2 503"
        assert ask(front, "POST", CASES, pictures.red(), Content_Type="image/jpeg")[0].status == 201


@both
def test_a_machine_with_many_addresses_is_one_sender(configuration: Path, tmp_path: Path) -> None:
    """As nginx hears of them from a proxy, since this machine has one address of IPv6."""
    binary = find_binary()
    if binary is None:
        absent("nginx is not installed (Debian's package nginx-light)")
    senders = re.search(r" *map \$remote_addr .*?}\n", configuration.read_text(encoding="utf-8"), re.DOTALL)
    assert senders
    port, own = free_port(), tmp_path / "nginx.conf"
    own.write_text(
        f"events {{}} http {{ access_log off; {senders[0]} server {{ listen 127.0.0.1:{port} proxy_protocol;"
        " set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol; location / { return 200 $sender; } } }"
    )

    def sender(address: str) -> bytes:
        head = f"PROXY {'TCP6' if ':' in address else 'TCP4'} {address} {address} 1 1\r\nGET /\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
            asking.sendall(head.encode())
            return b"".join(iter(lambda: asking.recv(4096), b""))

    command = [binary, "-e", "stderr", "-p", tmp_path, "-c", own, "-g", f"daemon off; pid {tmp_path}/pid;"]
    with subprocess.Popen(command) as process:
        try:
            wait_until_listening(port, what="nginx", timeout_s=10)
            one = {sender(f"2001:db8:5:6:{host}") for host in ("1:2:3:4", "0:0:0:9", "ffff:1::1")}
            others = {sender(other) for other in ("2001:db8:5:7::1", "2001:db8::1", "::1", "192.0.2.1", "192.0.2.2")}
            assert (len(one), len(others), len(one | others)) == (1, 5, 6)
            assert sender("2001:db8:0:0:1:2:3:4") == sender("2001:db8::5:6")
        finally:
            process.terminate()


@both
def test_people_read_its_own_failures_in_their_language(configuration: Path, tmp_path: Path) -> None:
    with before(free_port(), configuration, tmp_path) as nginx:
        away, too_large = ask(nginx, "GET", "/"), ask(nginx, "POST", "/", bytes(33 * MIB))
    said = (away, 503, REMEDIES[RequestCode.BUSY]), (too_large, 413, TITLES[RequestCode.REQUEST_TOO_LARGE])
    for (answer, content), status, sentence in said:
        assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        for tag, catalogue in load_catalogues(LANGUAGES).items():
            direction = ' dir="rtl"' if tag == "ar" else ""
            assert f'<p lang="{tag}"{direction}>{catalogue.gettext(sentence)}</p>' in content.decode()


def test_other_names_lead_nowhere(service: Server, tmp_path: Path) -> None:
    with (
        needing_what_may_be_absent(),
        run_nginx(SITE, [service.port], tmp_path / "nginx", name="leaves.example") as nginx,
    ):
        assert ask(nginx, "GET", "/readyz", Host=f"leaves.example:{nginx.port}")[0].status == 200
        with pytest.raises(RemoteDisconnected):
            ask(nginx, "GET", "//v1/crops", Host="evil.example")


@both
def test_a_full_memory_puts_no_sender_into_a_log(configuration: Path, service: Server, tmp_path: Path) -> None:
    """As an attack fills it: then nginx cannot write what arrives."""
    if os.geteuid() != 0:
        absent("needs root, to mount a small memory")
    with before(service.port, configuration, tmp_path) as nginx:
        arriving = tmp_path / "nginx/arriving"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", arriving], check=True)
        try:
            answer, _ = ask(nginx, "POST", CASES, bytes(2 * MIB), Content_Type="image/jpeg")
        finally:
            subprocess.run(["umount", "--lazy", arriving], check=True)
        assert answer.status == 503
        nginx.stop()
        assert "127.0.0.1," not in nginx.log.read_text()
        assert "client" not in nginx.log.read_text()


@both
def test_slow_large_bodies_keep_no_other_out(front: Nginx) -> None:
    """As many as their addresses may send at a time. What the service says of other bytes, it says."""
    with ExitStack() as stack:
        for number in range(ADDRESSES * LARGE_BODIES):
            stack.enter_context(begin(front, 30 * MIB, b"x" * MIB, f"127.0.9.{number % ADDRESSES + 1}"))
        time.sleep(0.5)
        assert ask(front, "POST", CASES, bytes(2 * MIB), Content_Type="image/jpeg")[0].status == 415


@both
def test_the_model_comes_from_nginx_in_parts(front: Nginx, tiny_bundle_dir: Path, tmp_path: Path) -> None:
    """Phones fetch it in ranges, and go on with `If-Range` where they broke off."""
    bundle = read_bundle(tiny_bundle_dir)
    sha256, model = bundle.manifest.model.sha256, bundle.model
    address, half = f"/v1/model/{sha256}.onnx", len(model) // 2
    first, start = ask(front, "GET", address, Range=f"bytes=0-{half - 1}")
    rest, end = ask(front, "GET", address, Range=f"bytes={half}-", If_Range=first.headers["ETag"])
    assert (first.status, rest.status) == (206, 206)
    assert start + end == model
    assert first.headers["ETag"] == f'"{sha256}"'
    assert first.headers["Content-Range"] == f"bytes 0-{half - 1}/{len(model)}"
    assert {"immutable", "public"} <= set(first.headers["Cache-Control"].replace(",", "").split())
    assert ask(front, "GET", address, If_None_Match=first.headers["ETag"])[0].status == 304
    whole, content = ask(front, "GET", address)
    assert (whole.status, content) == (200, model)
    # What belonged to the request that filled nginx's memory is not for others.
    assert not [name for name in whole.headers if name.lower().startswith("ratelimit")]
    # A query makes no other file.
    assert {ask(front, "GET", f"{address}?x={number}")[0].status for number in range(20)} == {200}
    assert len([file for file in (tmp_path / "nginx").rglob("*") if file.is_file() and len(file.name) == 32]) == 1
    # Only the first one asked the service.
    assert sum(ends_at_service(front)) == 1


@both
def test_the_app_comes_from_nginx_in_the_form_that_suits(front: Nginx) -> None:
    address = f"/app/{SCRIPT}"
    # nginx keeps a form a moment after it was sent whole.
    for _ in range(10):
        packed, short = ask(front, "GET", address, Accept_Encoding="gzip")
        plain, long = ask(front, "GET", address)
        assert (packed.status, plain.status) == (200, 200)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert plain.headers["Content-Encoding"] is None
        assert short != long
        time.sleep(0.1)
    came_from_service = ends_at_service(front)
    assert came_from_service[:2] == [True, True]
    assert came_from_service[-2:] == [False, False]


@pytest.mark.parametrize("configuration", [SITE])
def test_what_nginx_answers_by_itself_is_counted_apart(front: Nginx, tmp_path: Path) -> None:
    if shutil.which("mtail") is None:
        absent("mtail is not installed (Debian's package mtail)")
    assert ask(front, "GET", "/readyz")[0].status == 200
    assert ask(front, "GET", "/v1/nothing")[0].status == 404
    assert ask(front, "POST", "/v1/visits", b"", Content_Length=str(MAX_SMALL_BYTES + 1))[0].status == 413
    with run_nginx(SITE, [free_port()], tmp_path / "alone") as alone:
        assert ask(alone, "GET", "/readyz")[0].status == 503
        alone.stop()
    front.stop()
    logs, program = f"--logs={front.log},{alone.log}", f"--progs={SITE.parent}/prometheus/nginx.mtail"
    once = ["mtail", "--one_shot", "--one_shot_format=prometheus", program, logs]
    told = subprocess.run(once, capture_output=True, text=True, check=True).stdout
    counted = re.findall(r'server="(\w+)",status="(\d+)"} (\d+)', told)
    assert sorted(map(" ".join, counted)) == ["nginx 413 1", "nginx 503 1", "service 200 1", "service 404 1"]
