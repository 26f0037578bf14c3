"""`eti demo`: a whole site in one command, the same at each start, and nothing touched but what it made."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ETI = Path(sys.executable).with_name("eti")


def environment(folder: Path) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CACHE_URL"}}
    return {**mine, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "eti.settings.local", "PYTHONUNBUFFERED": "1"}


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ETI, "demo", *options], env=environment(folder), capture_output=True, text=True, timeout=300, check=False
    )


def query(folder: Path, sql: str) -> list[tuple]:
    with sqlite3.connect(folder / "eti.sqlite3") as database:
        return database.execute(sql).fetchall()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tasks(folder: Path) -> set[tuple[str, str]]:
    rows = query(folder, "SELECT task_path, status FROM django_tasks_database_dbtaskresult")
    return {(path.rpartition(".")[2], status) for path, status in rows}


def wait_for(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def processes_of(group: int) -> list[str]:
    """Return the states of the processes that the process started, itself left out."""
    found = subprocess.run(
        [shutil.which("ps"), "-eo", "pid=,sid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in found.splitlines()]
    return [state for pid, session, state in rows if session == str(group) and pid != session and state[0] != "Z"]


@pytest.fixture(scope="module")
def site(tmp_path_factory, made_site):
    """The folder of a demonstration that was reset and prepared once, and what was said then."""
    folder = tmp_path_factory.mktemp("demo") / "site"
    shutil.copytree(made_site, folder, symlinks=True)
    return folder / "var", (folder / "said").read_text()


def test_reset_starts_afresh_and_leaves_what_it_did_not_make(site):
    folder, said = site
    assert "Remise à zéro… fait" in said
    for kept in ("notes.txt", "eti.sqlite3-copie", "../photos/ancien.txt"):
        assert (folder / kept).read_text() == "x"
    assert not (folder / "static" / "ancien.txt").exists()
    assert not (folder / "media").is_symlink()
    made = json.loads((folder / "demo.json").read_text())["made"]
    assert made == ["cache", "eti.sqlite3", "media", "packages", "private", "static"]


def test_the_first_start_tells_what_it_does_and_who_may_sign_in(site):
    folder, said = site
    for step in ("Base de données…", "Fichiers statiques…", "Contenus…", "Comptes de démonstration… 5 créés"):
        assert step in said
    password = (folder / "demo_password").read_text()
    assert f"Mot de passe : {password}" in said
    assert (folder / "demo_password").stat().st_mode & 0o077 == 0
    rows = query(
        folder,
        "SELECT u.email, u.is_superuser, e.verified, m.role FROM people_user u "
        "JOIN account_emailaddress e ON e.user_id = u.id JOIN people_profile p ON p.user_id = u.id "
        "LEFT JOIN people_membership m ON m.user_id = u.id ORDER BY u.email",
    )
    assert rows == [
        ("admin@exemple.fr", 1, 1, None),
        ("editrice@exemple.fr", 0, 1, "editor"),
        ("encadrant@exemple.fr", 0, 1, None),
        ("moderation@exemple.fr", 0, 1, None),
        ("redactrice@exemple.fr", 0, 1, "author"),
    ]
    assert all(email in said for email, *_rest in rows)


def test_the_second_start_changes_nothing(site):
    folder, first = site
    pages = query(folder, "SELECT id, latest_revision_id FROM wagtailcore_page ORDER BY id")
    second = demo(folder, "--no-serve")
    assert second.returncode == 0, second.stderr
    assert second.stdout.count("à jour") == 4
    assert second.stdout.split("Comptes, tous")[1] == first.split("Comptes, tous")[1]
    assert query(folder, "SELECT id, latest_revision_id FROM wagtailcore_page ORDER BY id") == pages


def test_the_site_answers_and_stops_at_ctrl_c(site):
    folder, _said = site
    port = free_port()
    served = subprocess.Popen(
        [ETI, "demo", "--port", str(port)],
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert any("Le site est prêt" in line for line in served.stdout)
        home = urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode()
        style = re.search(r'href="(/static/[^"]+\.css)"', home)
        for path in ("/formations/", "/aide/", "/forum/", style[1]):
            assert urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").status == 200
        # Loading the content left tasks; the worker beside the site runs them, then those that come.
        wait_for(lambda: {path for path, status in tasks(folder) if status != "SUCCESSFUL"} == {"tidy_queue_later"})
        with sqlite3.connect(folder / "eti.sqlite3") as database:
            database.execute("UPDATE django_tasks_database_dbtaskresult SET run_after = '2000-01-01'")
        wait_for(lambda: ("tidy_queue_later", "SUCCESSFUL") in tasks(folder))
        taken = demo(folder, "--port", str(port))
        assert taken.returncode == 1
        assert f"Le port {port} de 127.0.0.1 n'est pas libre" in taken.stderr
        assert taken.stdout == ""
        # As a terminal does: to every process of the group at once.
        os.killpg(served.pid, signal.SIGINT)
        rest, _err = served.communicate(timeout=30)
    finally:
        served.kill()
    assert served.returncode == 0
    assert "Le site est arrêté." in rest
    assert processes_of(served.pid) == []


def test_the_worker_ends_with_a_site_that_was_killed(site):
    served = subprocess.Popen(
        [ETI, "demo", "--port", str(free_port())],
        env=environment(site[0]),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert any("Le site est prêt" in line for line in served.stdout)
    assert len(processes_of(served.pid)) >= 2
    served.kill()
    served.wait(timeout=10)
    wait_for(lambda: not processes_of(served.pid))


def test_a_database_made_by_someone_else_is_refused_and_kept(site, tmp_path):
    shutil.copy(site[0] / "eti.sqlite3", tmp_path)
    content = (tmp_path / "eti.sqlite3").stat().st_size
    for options in ([], ["--reset"]):
        refused = demo(tmp_path, "--no-serve", *options)
        assert refused.returncode == 1
        assert "contient déjà un site que la démonstration n'a pas fait" in refused.stderr
        assert (tmp_path / "eti.sqlite3").stat().st_size == content


def test_only_the_local_settings_will_do():
    with pytest.raises(CommandError, match=r"réglages eti\.settings\.local"):
        call_command("demo", no_serve=True)


def test_another_database_is_refused(tmp_path):
    outside = {**environment(tmp_path / "var"), "DATABASE_URL": f"sqlite:///{tmp_path}/ailleurs.sqlite3"}
    refused = subprocess.run(
        [ETI, "demo", "--no-serve"], env=outside, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "retirez DATABASE_URL" in refused.stderr
    assert not (tmp_path / "ailleurs.sqlite3").exists()
