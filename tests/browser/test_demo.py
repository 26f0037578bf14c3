"""What `eti demo` promises: it starts from nothing, then quickly, makes nothing twice, and serves light pages."""

import sqlite3

from .conftest import DemoSite, free_port, start_demo, wait_until_ready

LESSON = "/formations/reseau-eti/accompagner-publics-difficulte/"
FIRST_VISIT_BYTES = 100 * 1024
SECOND_START_SECONDS = 5


def counts(demo: DemoSite) -> dict[str, int]:
    """Return the number of rows of every table that content is loaded into."""
    with sqlite3.connect(demo.var / "eti.sqlite3") as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name.split("_")[0]
            in {"catalog", "quizzes", "forum", "people", "pages", "packs", "wagtailcore", "wagtailimages"}
        ]
        return {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608


def test_it_tells_the_accounts_and_what_to_open(demo):
    told = demo.output.read_text()
    for expected in ("encadrant@exemple.fr", "editrice@exemple.fr", "admin@exemple.fr", demo.password, demo.url):
        assert expected in told


def second_start(demo: DemoSite) -> float:
    """Start the site again on the same data; return the seconds until it answers."""
    port = free_port()
    process, output = start_demo(demo.var, port)
    try:
        return wait_until_ready(process, output, port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_second_start_is_quick_and_makes_nothing_twice(demo):
    before = counts(demo)
    # The best of three: other tests share the processors.
    assert any(second_start(demo) < SECOND_START_SECONDS for _ in range(3))
    assert counts(demo) == before


def test_four_modules_with_lessons_and_quizzes_are_there(demo):
    rows = counts(demo)
    assert rows["catalog_coursepage"] == 4
    assert rows["catalog_lessonpage"] >= 24
    assert rows["quizzes_quizpage"] == 4 * 3
    assert rows["people_territory"] == 18 + 101


def test_the_first_visit_of_a_lesson_weighs_at_most_100_kb(open_page, demo):
    page = open_page()
    page.goto(LESSON)
    lesson = page.locator(".activity-list a").first.get_attribute("href")
    fresh = open_page()
    session = fresh.context.new_cdp_session(fresh)
    session.send("Network.enable")
    kinds, sizes = {}, {}
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    fresh.goto(lesson, wait_until="networkidle")
    weighed = {
        k: sum(s for r, s in sizes.items() if kinds.get(r) == k) for k in ("Document", "Stylesheet", "Script", "Font")
    }
    assert min(weighed.values()) > 0, weighed
    total = sum(weighed.values())
    print(f"first visit of a lesson: {total} bytes {weighed}")  # noqa: T201  (the figure is the point)
    assert total <= FIRST_VISIT_BYTES, weighed


def test_every_page_carries_the_security_headers(open_page):
    page = open_page()
    response = page.goto("/")
    policy = response.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
