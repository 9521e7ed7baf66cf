"""What another operator's proxy does to a case on its way: a real nginx, with the small default limits."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from benchmarks.harness.nginx import find_binary
from benchmarks.harness.port import free_port
from benchmarks.harness.waiting import wait_until_listening
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import get_ready, go, open_app
from tests.absence import absent
from tests.browser.app.steps import Photos, ask_about, ask_and_allow, delete, kept_at_service, only_case, wait_until

pytestmark = pytest.mark.browser

_CONFIGURATION = """
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}; client_max_body_size 1k;
    location / {{ proxy_pass {service}; proxy_set_header Host $http_host; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def proxy(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy that lets no photo through."""
    binary = find_binary()
    if binary is None:
        absent("nginx is not installed (Debian's package nginx-light)")
    port, folder = free_port(), tmp_path_factory.mktemp("proxy")
    configuration, log = folder / "nginx.conf", folder / "log"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, service=service.url))
    command = [str(binary), "-e", "stderr", "-p", str(folder), "-c", str(configuration)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        wait_until_listening(port, what="nginx", timeout_s=10, log=log)
        yield f"http://localhost:{port}"
        process.terminate()


def test_what_is_too_large_for_a_proxy_is_not_sent_for_ever(
    context: BrowserContext, service: Service, proxy: str, photo: Photos
) -> None:
    page = context.new_page()
    posts = _posts(page)
    before = kept_at_service(service)
    open_app(page, proxy)
    get_ready(page)
    ask_and_allow(page, photo("red"))
    # What the phone has answered by itself is as good as before.
    expect(page.locator(".answer.condition h1")).to_be_visible()
    expect(page.locator(".standing[data-whereabouts=refused]")).to_be_visible()
    expect(page.locator("[data-code=request_too_large]")).to_be_visible()
    page.reload()
    expect(page.locator(".answer.condition h1")).to_be_visible()
    expect(page.locator(".standing[data-whereabouts=refused]")).to_be_visible()
    go(page, "answers")
    expect(page.locator("[data-waiting]")).to_have_count(0)
    assert len(posts) == 1
    assert kept_at_service(service) == before
    go(page, f"case/{only_case(page)['id']}")
    delete(page)
    expect(page.locator("#none")).to_be_visible()


def test_whoever_waits_for_the_services_answer_learns_that_it_will_not_come(
    context: BrowserContext, proxy: str, photo: Photos
) -> None:
    page = context.new_page()
    # This phone cannot answer by itself.
    context.route("**/*.onnx", lambda route: route.abort())
    posts = _posts(page)
    open_app(page, proxy)
    ask_about(page, photo("red"))
    expect(page.locator(".answer.problem h1")).to_be_visible()
    expect(page.locator("[data-code=request_too_large]")).to_be_visible()
    wait_until(page, lambda: only_case(page)["whereabouts"] == "refused")
    assert len(posts) == 1
    go(page, "answers")
    # Not "yet".
    expect(page.get_by_role("link", name="No answer", exact=True)).to_be_visible()


def _posts(page: Page) -> list[str]:
    """The requests with photos, as they are made."""
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts
