"""The demo site in a process of its own, and pages of a browser that looks at it."""

import email
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.policy import default as modern_policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .chromium import chromium_path

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
READY_WITHIN = 240
RUN_AXE = """
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
  (found) => found.violations.map(
    (v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join(" | ")
  )
)
"""
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class DemoSite:
    """A running demo: where it is, the password of its accounts, the e-mails that it sent."""

    url: str
    password: str
    mail_folder: Path
    output: Path
    var: Path
    process: subprocess.Popen
    quizzes: dict | None = None

    def mails_to(self, address: str) -> list[str]:
        """Return the bodies of the e-mails sent to an address, oldest first."""
        texts = []
        for file in sorted(self.mail_folder.glob("*.log"), key=lambda f: f.stat().st_mtime_ns):
            for raw in re.split(rb"\n-{70,}\n", file.read_bytes()):
                message = email.message_from_bytes(raw.lstrip(), policy=modern_policy)
                if address in (message["To"] or ""):
                    texts.append(message.get_content())
        return texts


def start_demo(var: Path, port: int, *arguments: str) -> tuple[subprocess.Popen, Path]:
    """Start `eti demo`; return its process and the file that holds what it prints."""
    output = var.parent / f"demo-{port}-{time.monotonic_ns()}.log"
    mails = var.parent / "mails"
    mails.mkdir(exist_ok=True)
    environment = os.environ | {
        "VAR_DIR": str(var),
        "EMAIL_URL": f"filemail:///{mails}",
        "DJANGO_SETTINGS_MODULE": "eti.settings.local",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-c", "from eti.cli import main; main()", "demo", "--port", str(port), *arguments]
    process = subprocess.Popen(
        command, stdout=output.open("w"), stderr=subprocess.STDOUT, env=environment, start_new_session=True
    )
    return process, output


def wait_until_ready(process: subprocess.Popen, output: Path, port: int, within: float = READY_WITHIN) -> float:
    """Wait until the site answers; return the seconds that it took."""
    started = time.monotonic()
    while time.monotonic() - started < within:
        if process.poll() is not None:
            pytest.fail(f"eti demo stopped with {process.returncode}:\n{output.read_text()[-3000:]}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - started
        time.sleep(0.05)
    pytest.fail(f"eti demo was not ready within {within} s:\n{output.read_text()[-3000:]}")


def sign_in(page: Page, address: str, password: str) -> None:
    """Sign in with an account of the demo site."""
    page.goto("/compte/connexion/")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Mot de passe").fill(password)
    page.locator("main").get_by_role("button", name="Se connecter").click()
    expect(page).not_to_have_url(re.compile("/compte/connexion/"))


@contextmanager
def running_demo(folder: Path, made_site: Path) -> Iterator[DemoSite]:
    """Run a copy of the demo site, as it is when it has just been made."""
    var, port = folder / "var", free_port()
    shutil.copytree(made_site / "var", var, symlinks=True)
    process, output = start_demo(var, port)
    site = DemoSite(f"http://127.0.0.1:{port}", "", folder / "mails", output, var, process)
    try:
        wait_until_ready(process, output, port)
        site.password = (var / "demo_password").read_text().strip()
        yield site
    finally:
        # A test may have killed the site and started it again.
        site.process.terminate()
        site.process.wait(timeout=20)


@pytest.fixture(scope="session")
def shared_demo(tmp_path_factory, made_site):
    with running_demo(tmp_path_factory.mktemp("demo"), made_site) as site:
        yield site


@pytest.fixture(scope="module")
def demo(request, tmp_path_factory, made_site):
    """A demo site of the file's own; the one that several files share where the file says `SHARES_DEMO = True`."""
    if getattr(request.module, "SHARES_DEMO", False):
        yield request.getfixturevalue("shared_demo")
        return
    with running_demo(tmp_path_factory.mktemp("demo"), made_site) as site:
        yield site


def step(demo: DemoSite, *arguments: str, of: str = "quiz_site") -> dict:
    """Run a step of one of the modules beside this one, in a process of its own, with the demo site's data."""
    environment = os.environ | {"VAR_DIR": str(demo.var), "DJANGO_SETTINGS_MODULE": "eti.settings.local"}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.browser.{of}", *arguments],
        cwd=Path(__file__).parents[2],
        env=environment | {"PYTHONPATH": "site:."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def quizzes(demo):
    """The module with each kind of question, in the demo site."""
    demo.quizzes = demo.quizzes or step(demo, "build")
    return demo.quizzes


@pytest.fixture(scope="module")
def browser():
    """One Chromium for the tests of a file, ended with them: its event loop would trouble the tests that follow."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def signed_in(browser, demo):
    """What a browser keeps of the demo's encadrant, once signed in."""
    context = browser.new_context(base_url=demo.url, locale="fr-FR")
    sign_in(context.new_page(), "encadrant@exemple.fr", demo.password)
    kept = context.storage_state()
    context.close()
    return kept


def reported_to_the_federation(browser: Browser, demo: DemoSite, activity: int) -> str:
    """Return what its editor reads of the people who have opened an interactive activity."""
    context = browser.new_context(base_url=demo.url, viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    sign_in(page, "editrice@exemple.fr", demo.password)
    page.goto(f"/admin/activites/{activity}/resultats/personnes/")
    expect(page.locator("main")).to_contain_text("jamais une preuve")
    text = page.locator("main table").inner_text()
    context.close()
    return " ".join(text.split())


@pytest.fixture
def open_page(browser: Browser, demo: DemoSite):
    """Return a function that opens a new browser context on the demo site: a phone by default."""
    contexts = []

    def opened(*, viewport=PHONE, javascript: bool = True, **options) -> Page:
        context = browser.new_context(
            base_url=demo.url,
            viewport=viewport,
            java_script_enabled=javascript,
            locale="fr-FR",
            bypass_csp=False,
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda m: page.faults.append(m.text) if "Content Security Policy" in m.text else None)
        return page

    yield opened
    faults = [fault for context in contexts for page in context.pages for fault in getattr(page, "faults", [])]
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def axe_page(browser: Browser, demo: DemoSite):
    """Return a function that checks a page with axe-core, and that it never scrolls sideways."""

    def check(page: Page) -> None:
        # The check runs in the browser's isolated world, as an extension would: the page's CSP stays as it is.
        session = page.context.new_cdp_session(page)
        session.send("Page.enable")
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
        session.send("Runtime.evaluate", {"expression": AXE, "contextId": world})
        result = session.send(
            "Runtime.evaluate",
            {"expression": RUN_AXE, "contextId": world, "awaitPromise": True, "returnByValue": True},
        )
        session.detach()
        assert "exceptionDetails" not in result, result
        assert result["result"]["value"] == [], f"{page.url}: {result['result']['value']}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{page.url} scrolls sideways: {width} px"

    return check
