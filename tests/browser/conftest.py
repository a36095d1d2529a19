"""A site that a browser can visit, people signed in on it, and an eye on everything they load."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    Route,
    expect,
)

from learning.search_index import TABLE
from people import jobs
from people.models import BackgroundJob, Member, User
from tests.world import World, build

# Playwright runs a loop in the tests' thread, and the ORM would refuse to be asked from there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "google-chrome"))), None
)
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("no system Chromium: browser tests skipped")
    return {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@dataclass
class Site:
    """Where the site answers. Hold `still` around whatever the test asks the database itself:
    SQLite in memory is one connection, shared with the server."""

    url: str
    still: threading.Lock

    def page(self, path: str) -> str:
        return self.url + path


@pytest.fixture
def site(browser: Browser, transactional_db: None) -> Iterator[Site]:
    """Serves the tests' database; what a test committed is removed after it."""
    lock = threading.Lock()
    application = get_wsgi_application()

    def one_at_a_time(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with lock:
            response = application(environ, start_response)
            try:
                return [b"".join(response)]
            finally:
                response.close()

    shared = {
        each.alias: each
        for each in connections.all()
        if each.vendor == "sqlite" and each.is_in_memory_db()  # type: ignore[attr-defined]
    }
    for each in shared.values():
        each.inc_thread_sharing()
    server = LiveServerThread(
        "127.0.0.1",
        lambda inner: one_at_a_time,  # type: ignore[arg-type]
        connections_override=shared,
    )
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None, server.error
    url = f"http://127.0.0.1:{server.port}"
    with override_settings(SITE_URL=url), pytest.MonkeyPatch.context() as patch:
        # Background jobs are done at once: their own tests have brokers and workers.
        patch.setattr(jobs, "send", jobs.run)
        yield Site(url, lock)
        server.terminate()
        # Whoever still answers must end before the connection is one thread's alone again.
        for thread in threading.enumerate():
            if "process_request_thread" in thread.name:
                thread.join(PATIENCE / 1000)
        for each in shared.values():
            each.dec_thread_sharing()
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608


@pytest.fixture
def world(site: Site) -> World:
    """The world of tests/world.py, committed, so that a browser sees it."""
    with site.still:
        with pytest.MonkeyPatch.context() as patch:
            # The invitation's secret stands in its mail until the mail is sent.
            patch.setattr(jobs, "send", lambda job_id: None)
            made = build()
        for job in BackgroundJob.objects.filter(state=BackgroundJob.State.QUEUED):
            jobs.run(job.pk)
        return made


@dataclass
class Watch:
    """What must not happen on any page. `expected` are beginnings of console messages that the
    test brings about itself, such as lost networks."""

    site: Site
    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def over(self, context: BrowserContext) -> None:
        context.route("**/*", self._stay_here)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        context.on("response", self._answered)

    def _stay_here(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if f"{parts.scheme}://{parts.netloc}" == self.site.url:
            route.fallback()
        else:
            self.problems.append(f"off-site request: {route.request.url}")
            route.abort()

    def _heard(self, message: ConsoleMessage) -> None:
        # That a font came late says how busy this machine is, not how the page is made.
        if message.type not in ("error", "warning") or "was preloaded" in message.text:
            return
        if not message.text.startswith(self.expected):
            where = message.location.get("url", "")
            self.problems.append(f"{message.type}: {message.text} ({where})")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 and not self.expected:
            self.problems.append(f"{response.status} from {response.url}")


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    watching = Watch(site)
    yield watching
    assert not watching.problems, "\n" + "\n".join(dict.fromkeys(watching.problems))


SignIn = Callable[..., BrowserContext]


@pytest.fixture
def visit(browser: Browser, site: Site, watch: Watch) -> Iterator[SignIn]:
    """A browser of one's own, watched: `visit(member)` is signed in, `visit()` is a stranger's."""
    opened: list[BrowserContext] = []

    def open_browser(who: Member | User | None = None, **options: Any) -> BrowserContext:
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(base_url=site.url, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        opened.append(context)
        if who is not None:
            context.add_cookies([signed_in(site, who)])
        return context

    yield open_browser
    for context in opened:
        context.close()


def signed_in(site: Site, who: Member | User) -> Any:
    """A session's cookie, without typing a password."""
    client = Client()
    with site.still:
        client.force_login(who.user if isinstance(who, Member) else who)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site.url}


def go(page: Page, path: str) -> None:
    """Opens a page that must be there."""
    response = page.goto(path)
    assert response is not None
    assert response.status == 200, f"{response.status} from {path}"
