"""The commands that load content and packs, and that bring progress up to date."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from courses.catalog.models import CoursePage, LessonPage
from courses.progress.models import Enrolment
from courses.progress.services import enrol, set_done
from eti.management.commands import packs as packs_command
from tests.factories import UserFactory

from .builder import COURSE, LESSON, SECOND, make_pack

pytestmark = pytest.mark.django_db


def run(*arguments, **options) -> tuple[str, str, str]:
    """Return what a command writes, what it writes as errors, and the message it fails with."""
    out, err, failure = StringIO(), StringIO(), ""
    try:
        call_command(*arguments, stdout=out, stderr=err, **options)
    except CommandError as error:
        failure = str(error)
    return out.getvalue(), err.getvalue(), failure


def test_check_says_that_all_is_well(catalog, tmp_path):
    path = make_pack(tmp_path)
    out, err, failure = run("packs", "check", str(tmp_path))
    assert out == f"{path} : 2 leçons, 1 quiz, 2 questions, aucune erreur\n"
    assert (err, failure) == ("", "")
    assert not CoursePage.objects.exists()


def test_check_lists_every_fault(catalog, tmp_path):
    path = make_pack(tmp_path, course_yaml=COURSE.replace("[publics]", "[x]"), lesson=LESSON.replace("## Le", "# Le"))
    _out, err, failure = run("packs", "check", str(path))
    assert [line.split(" : ")[0] for line in err.splitlines()] == [
        f"{path}/01-accueillir.md:8",
        f"{path}/course.yaml:6",
    ]
    assert failure == "2 erreurs. Rien n'a été chargé."


def test_check_needs_no_database(tmp_path, monkeypatch):
    def no_database():
        raise DatabaseError

    monkeypatch.setattr(packs_command, "known_in_database", no_database)
    assert run("packs", "check", str(make_pack(tmp_path)))[2] == ""


def test_load_makes_pages_then_leaves_what_was_edited(catalog, tmp_path):
    path = str(make_pack(tmp_path))
    assert "Créées (5)" in run("packs", "load", path)[0]
    lesson = LessonPage.objects.get(slug="observer")
    lesson.title = "Autre"
    lesson.save_revision().publish()
    make_pack(tmp_path, second=SECOND.replace("On regarde.", "On voit."))
    assert "laissées telles quelles (1) : Autre" in run("packs", "load", path)[0]
    assert "Mises à jour (1) : Observer" in run("packs", "load", path, "--overwrite")[0]


def test_load_refuses_a_pack_with_faults(catalog, tmp_path):
    path = make_pack(tmp_path, quiz_yaml="id: x")
    assert run("packs", "load", str(path))[2].endswith("erreurs. Rien n'a été chargé.")
    assert not CoursePage.objects.exists()


def test_load_content_uses_the_content_of_the_settings(settings, tmp_path):
    settings.CONTENT_DIR = tmp_path
    _out, err, failure = run("load_content")
    assert f"{tmp_path}/federations.yaml:1 : le fichier ne s'ouvre pas" in err
    assert failure == "Les contenus ont des erreurs : rien n'a été chargé."


def test_recompute_progress_says_what_changed(catalog, tmp_path):
    run("packs", "load", str(make_pack(tmp_path)))
    course = CoursePage.objects.get()
    enrol(UserFactory(), course)
    set_done(Enrolment.objects.all(), LessonPage.objects.get(slug="accueillir").pk)
    Enrolment.objects.update(percent=3)
    assert "Premiers pas : 1 avancement(s) corrigé(s)" in run("recompute_progress")[0]
    assert Enrolment.objects.get().percent == 50
    assert "corrigés en tout : 0" in run("recompute_progress")[0]
