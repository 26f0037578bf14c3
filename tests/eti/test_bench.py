"""`eti bench`: a scratch site of its own, measures, budgets, an exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from courses.interactive.lrs.models import Mention, Statement
from courses.interactive.lrs.validation import validate_statement
from courses.quizzes.models import Answer, Attempt
from courses.quizzes.statistics import overview, question_statistics
from eti.bench import quizzes, statements
from eti.bench.measuring import Budget, Measure, measure, table
from eti.bench.scratch import MARK, scratch_environment

ETI = Path(sys.executable).with_name("eti")


@pytest.mark.django_db
def test_the_filled_site_is_one_that_people_could_have_made():
    site = quizzes.fill(4, 10, lambda _text: None)
    assert site.long.attempts.count() == 4
    assert site.short.attempts.count() == 20
    assert Attempt.objects.count() == 40
    attempt = site.long.attempts.first()
    assert [question.id for question in attempt.questions] == [item.question.id for item in _in_order(site.long)]
    assert {str(kind) for kind in {question.kind for question in attempt.questions}} >= {
        "single",
        "ordering",
        "numerical",
    }
    for question in attempt.questions:
        answer = attempt.saved[question.id]
        grade = question.grade(attempt.response_to(question))
        assert (grade.score, answer.answered) == (answer.score, question.is_answered(attempt.response_to(question)))
    assert attempt.score == sum(answer.score for answer in attempt.saved.values())
    assert attempt.passed == (attempt.percent >= attempt.pass_mark)


def _in_order(quiz):
    return sorted(question_statistics(quiz), key=lambda item: item.place)


@pytest.mark.django_db
def test_statistics_of_the_filled_site_count_each_answer_once():
    site = quizzes.fill(6, 10, lambda _text: None)
    assert overview(site.short).graded == 30
    assert (
        sum(item.seen for item in question_statistics(site.long))
        == Answer.objects.filter(attempt__quiz=site.long).count()
    )


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["testserver"])
def test_each_page_is_measured_once_and_answers(monkeypatch):
    # VACUUM does not run in the transaction of a test.
    monkeypatch.setattr(quizzes, "settle", lambda: None)
    found = quizzes.run(2, 5, say=lambda _text: None)
    names = [each.budget.name for each in found]
    assert len(names) == len(set(names))
    assert {"2 × 5 : questions", "10 × 20 : rapport", "quiz rendu", "Mon parcours"} <= set(names)
    assert all(each.queries <= each.budget.queries for each in found if each.budget.queries is not None)


@pytest.mark.django_db
def test_a_measure_is_the_best_of_the_runs_and_each_run_gets_what_was_prepared_for_it():
    seen = []
    found = measure(Budget("essai", 10), seen.append, prepare=lambda: len(seen), times=3)
    assert seen == [0, 1, 2, 3]
    assert (found.queries, found.holds) == (0, True)


@pytest.mark.parametrize(
    ("seconds", "queries", "holds"), [(1, 5, True), (2, 10, True), (2.1, 5, False), (1, 11, False)]
)
def test_a_budget_is_of_seconds_and_of_queries(seconds, queries, holds):
    assert Measure(Budget("essai", 2, 10), seconds, queries).holds is holds


def test_the_table_says_which_budgets_hold():
    lines = list(table([Measure(Budget("rapide", 2), 1, 3), Measure(Budget("lent", 0.1, 2), 1.5, 3)]))
    assert "tenu" in lines[1]
    assert "–" in lines[1]
    assert "DÉPASSÉ" in lines[2]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server makes no database inside the transaction of a test")
def test_the_scratch_site_has_nothing_of_the_real_one(monkeypatch):
    for name in ("CACHE_URL", "MEDIA_URL_S3", "EMAIL_URL"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("VAR_DIR", "/real")
    with scratch_environment("") as environment:
        folder = Path(environment["VAR_DIR"])
        assert folder.is_dir()
        assert environment[MARK] == str(folder)
        assert "real" not in environment.values()
        assert str(folder) in environment["DATABASE_URL"]
    assert not folder.exists()


def test_a_benchmark_refuses_to_run_on_a_real_site():
    mine = {name: value for name, value in os.environ.items() if name != MARK}
    refused = subprocess.run(
        [sys.executable, "-m", "eti.bench", "quizzes", "--attempts=1", "--questions=1"],
        env=mine,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "eti bench" in refused.stderr


@pytest.mark.parametrize("option", ["--attempts=0", "--questions=0", "--questions=1001"])
def test_impossible_sizes_are_refused(option):
    with pytest.raises(CommandError, match="au moins un essai"):
        call_command("bench", "quizzes", option)


def test_a_benchmark_prints_its_table(tmp_path, made_site):
    # On a copy of a site whose tables are there: to make them takes most of a minute.
    shutil.copyfile(made_site / "var" / "eti.sqlite3", tmp_path / "bench.sqlite3")
    environment = {name: value for name, value in os.environ.items() if name != "CACHE_URL"}
    environment |= {"VAR_DIR": str(tmp_path), MARK: str(tmp_path), "DJANGO_SETTINGS_MODULE": "eti.settings.local"}
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'bench.sqlite3'}"}
    done = subprocess.run(
        [sys.executable, "-m", "eti.bench", "quizzes", "--attempts=2", "--questions=3"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "2 × 3 : questions" in done.stdout
    assert done.returncode == int("DÉPASSÉ" in done.stdout)


@pytest.mark.django_db
def test_the_statements_of_the_benchmark_are_such_as_contents_send():
    site = statements.start(5)
    statements.fill(site, 30)
    statements.fill(site, 50)
    assert Statement.objects.count() == Mention.objects.count() == 50
    assert set(Statement.objects.values_list("pk", flat=True)) == set(
        Mention.objects.values_list("statement", flat=True)
    )
    for row in Statement.objects.all():
        checked = validate_statement(row.raw)
        assert (checked.id, checked.agent, checked.verb, checked.activity, checked.parent, checked.target) == (
            *(row.id, row.agent, row.verb, row.activity, row.parent, row.target),
        )
        assert (checked.registration, checked.score_scaled, checked.success) == (
            *(row.registration, row.score_scaled, row.success),
        )


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["testserver"])
def test_each_list_and_report_of_statements_is_measured_within_its_queries(monkeypatch):
    monkeypatch.setattr(statements, "settle", lambda: None)
    monkeypatch.setattr(statements, "FEW", 20)
    found = statements.run(60, say=lambda _text: None)
    names = [each.budget.name for each in found]
    assert len(names) == len(set(names))
    assert {"20 : liste, tout", "60 : liste, tout", "60 : POST de 100 énoncés"} <= set(names)
    assert all(each.queries <= each.budget.queries for each in found)


def test_an_impossible_number_of_statements_is_refused():
    with pytest.raises(CommandError, match="au moins un énoncé"):
        call_command("bench", "statements", "--statements=0")
