"""Fixtures of the browser tests: one Chromium, servers on free ports, a page that notices errors."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from attrec_core.jobs.queue import Queue
from attrec_core.storage.workspace import Home

from .find_chromium import find_chromium
from .frame import settled

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 120.0  # seconds that a server may take to start on a busy machine
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
# On /attention Streamlit's frontend first asks whether the server's base path is /attention. It is not: 404.
BASE_PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)$")
ENDED: set[str] = set()  # addresses of servers that the tests have ended; an idle page may still load Plotly from one
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",  # `watch` sees whom a page asks; the proxy of the tests would count the browser's own requests
    "--process-per-site",  # a second tab reuses the scripts that the first has compiled
    "--js-flags=--no-opt --no-maglev",  # a page lives for a second: optimised code would never be used
]
USUAL_WINDOW: ViewportSize = {"width": 1440, "height": 900}
# Streamlit's command, with SMALL = 0: the page Train estimates no time unasked. Each estimate is a process that loads
# torch and trains for a second beside the test. `fresh_server` starts the unchanged command.
UNASKED = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
from pages.lab import estimate
from streamlit.web import cli
estimate.SMALL = 0
cli.main()"""
# Makes everything that the policy for scripts, styles and addresses refuses an error in the console; the browser does
# so only for a part. Streamlit's code for 64-bit numbers tries WebAssembly, and works without it where it is refused.
POLICY = """document.addEventListener('securitypolicyviolation', (event) => event.blockedURI === 'wasm-eval' ||
  console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""

# Logs clicks, messages to the server and states of the script, with times. A failing test prints the log, to show why
# a click had no effect. `SETTLED` reads the times of the last message, answer and run.
HEARD = """(() => {
  const heard = window.attrecHeard = [], note = (what) => heard.push(`${Math.round(performance.now())} ms: ${what}`);
  const said = (event) => note(`click on ${event.composedPath()[0].textContent?.slice(0, 40)}`);
  const send = WebSocket.prototype.send, known = new WeakSet();
  document.addEventListener('click', said, true);
  WebSocket.prototype.send = function (data) {
    note(`sent ${data.length} bytes`);
    if (!known.has(this)) this.addEventListener('message', () => { window.attrecAnswered = performance.now(); });
    known.add(this);
    window.attrecAsked = performance.now();
    return send.call(this, data);
  };
  new MutationObserver(() => {
    const now = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
    if (now === 'running') window.attrecRan = performance.now();
    if (now && !heard.at(-1)?.endsWith(now)) note(now);
  }).observe(document, { subtree: true, attributeFilter: ['data-test-script-state'] });
})()"""

expect.set_options(timeout=40_000)  # ms; on a busy machine the first chart alone may take five seconds

Serve = Callable[..., str]
Visit = Callable[[str], Page]
FreshServer = Callable[..., AbstractContextManager[str]]
FreshProfile = Callable[..., AbstractContextManager[BrowserContext]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless. Without a Chromium the tests fail; they are never skipped."""
    executable = find_chromium()
    if executable is None:
        pytest.fail("The browser tests need Chromium: install the Debian package 'chromium'.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def running_server(
    script: Path | str, *script_args: str, cwd: Path = ROOT, port: int = 0, start: Sequence[str] = ("-m", "streamlit")
) -> Iterator[str]:
    """Runs a script (path in the repository) by Streamlit; yields its base URL once healthy. port 0: any free port."""
    port = port or free_port()
    command = [sys.executable, *start, "run", str(ROOT / script)]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command += ["--browser.gatherUsageStats", "false", "--", *script_args]
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    base = f"http://127.0.0.1:{port}"
    ENDED.discard(base)
    try:
        _wait_until_healthy(process, base)
        yield base
    finally:
        ENDED.add(base)
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_until_healthy(process: subprocess.Popen[str], base: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"The server ended before it was healthy:\n{process.communicate()[0]}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if urllib.request.urlopen(f"{base}/_stcore/health", timeout=2).status == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"The server at {base} was not healthy after {START_LIMIT:.0f} s.")


@pytest.fixture(scope="session")
def fresh_server() -> FreshServer:
    """`with fresh_server(script, *script_args, cwd=…) as base:` starts a server for a single test."""
    return running_server


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """serve(script, *script_args) -> base URL of a fresh server, which lives until the test module ends."""
    with contextlib.ExitStack() as servers:
        yield lambda script, *args: servers.enter_context(running_server(script, *args, start=("-c", UNASKED)))


def watch(context: BrowserContext) -> list[str]:
    """Returns a growing list of a profile's faults: errors, policy violations and requests to other machines."""
    faults: list[str] = []

    def check_address(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOCAL_HOSTS:
            faults.append(f"request to another machine: {url}")

    def hear(said: ConsoleMessage) -> None:
        url = said.location["url"]
        is_late = "/plotly-" in url and any(url.startswith(f"{base}/") for base in ENDED)
        if said.type == "error" and not is_late and not BASE_PROBE.search(url):
            faults.append(f"console: {said.text} ({url})")

    def opened(page: Page) -> None:
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on("websocket", lambda socket_: check_address(socket_.url))

    context.set_default_timeout(90_000)  # ms
    context.add_init_script(POLICY)
    context.add_init_script(HEARD)
    context.on("request", lambda request: check_address(request.url))
    context.on("page", opened)
    return faults


@contextlib.contextmanager
def watched_context(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    """Yields a fresh profile. At its end, the test fails if `watch` has collected faults."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    faults = watch(context)
    try:
        yield context
    finally:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def fresh_profile(chromium: Browser) -> FreshProfile:
    """`with fresh_profile(**options) as context:` gives another visitor, or another device. It loads every script
    anew; where only the window or the colours differ, set them on `page` instead."""
    return functools.partial(watched_context, chromium)


@pytest.fixture(scope="session")
def usual_profile(chromium: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A profile with a window of 1440 x 900, and the list of its faults. It keeps the scripts that it has loaded."""
    context = chromium.new_context(viewport=USUAL_WINDOW)
    yield context, watch(context)
    context.close()


@pytest.fixture
def page(usual_profile: tuple[BrowserContext, list[str]]) -> Iterator[Page]:
    """A page of 1440 x 900 without stored data. At its end, the test fails if `watch` has collected faults. The tab
    keeps its process and so the compiled scripts: a page loads twice as fast as in a new tab."""
    context, faults = usual_profile
    faults.clear()
    page = context.pages[0] if context.pages else context.new_page()
    yield page
    if not page.is_closed():
        print(page.evaluate("window.attrecHeard?.slice(-40).join('\\n')"))
    for tab in context.pages:
        forget(tab)
        if tab is not page:
            tab.close()
    context.clear_cookies()
    context.clear_permissions()
    assert not faults, "\n".join(faults)


def forget(page: Page) -> None:
    """Resets a tab: empty page, usual size, no history and no stored data."""
    session = page.context.new_cdp_session(page)
    if page.url.startswith("http"):
        parts = urlsplit(page.url)
        to_clear = {"origin": f"{parts.scheme}://{parts.netloc}", "storageTypes": "local_storage,indexeddb"}
        session.send("Storage.clearDataForOrigin", to_clear)
        page.evaluate("sessionStorage.clear()")
    page.goto("about:blank")
    session.send("Page.resetNavigationHistory")
    session.detach()
    page.mouse.move(0, 0)
    page.set_viewport_size(USUAL_WINDOW)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The base URL of the app on the bundled sample: one server for all tests that do not change its state."""
    with running_server("app.py", start=("-c", UNASKED)) as base:
        yield base


@pytest.fixture
def visit(app: str, page: Page) -> Visit:
    """visit(path) -> the usual tab, in which that page of the app is at rest."""

    def opened(path: str) -> Page:
        page.goto(f"{app}/{path}")
        settled(page)
        return page

    return opened


@contextlib.contextmanager
def workspace(home: Path) -> Iterator[None]:
    """Servers that start in this context use `home` as their workspace. A training outlives its server, so trainings
    that a failed test has left running are cancelled at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTREC_HOME", str(home))
        try:
            yield
        finally:
            queue = Queue(Home(home))
            for job in queue.unended():
                queue.cancel(job)
            deadline = time.monotonic() + 60
            while queue.unended() and time.monotonic() < deadline:
                time.sleep(0.2)


@contextlib.contextmanager
def halted(home: Path) -> Iterator[None]:
    """Pauses the running trainings of a workspace during the context, so that no processor is busy."""
    queue = Queue(Home(home))
    running = [job.folder / "process.json" for job in queue.jobs() if job.state == "running"]
    pids = [json.loads(file.read_bytes())["pid"] for file in running]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
