"""Quizzes with many attempts: what statistics, the report, and taking a quiz cost then."""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, cycle, islice
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from courses.catalog.models import CatalogPage, CoursePage, FederationPage
from courses.progress.services import enrol
from courses.questions.grading import percent
from courses.questions.kinds import Question, to_json
from courses.questions.raw import questions_from_raw
from courses.quizzes import statistics
from courses.quizzes.models import Answer, Attempt, QuizPage
from courses.quizzes.services import save_answers, start_attempt
from eti.bench.measuring import Budget, Measure, measure
from eti.bench.rows import insert, settle
from pages.models import HomePage
from people.models import Federation, User

SHORT_QUIZ = (5, 20)
"""The second quiz has so many times the attempts of the first one, each of so many questions."""
ALL_ATTEMPTS = 10
"""All quizzes together have so many times the attempts of the first one."""
BLANK = 0.03
Say = Callable[[str], None]

_WORDS = ("gants", "casque", "bottes", "masque", "lunettes", "harnais", "balise", "pelle", "râteau", "seau", "truelle")


# -- Questions -----------------------------------------------------------------------------------------------------


def _items(values: Sequence[dict[str, Any] | str], number: int) -> list[dict[str, Any]]:
    ids = (str(UUID(int=number * 100 + place)) for place in range(len(values)))
    return [{"type": "item", "id": item_id, "value": value} for item_id, value in zip(ids, values, strict=True)]


def _options(right: int, wrong: int, number: int) -> list[dict[str, Any]]:
    words = [f"Réponse {place}, sur {_WORDS[place % len(_WORDS)]} et sécurité" for place in range(right + wrong)]
    return _items([{"text": w, "correct": n < right, "feedback": "Relisez."} for n, w in enumerate(words)], number)


def _parts(kind: str, number: int) -> dict[str, Any]:
    """Return what a kind of question has of its own."""
    if kind in {"single", "multiple"}:
        return {"options": _options(2 if kind == "multiple" else 1, 3, number)}
    if kind == "true_false":
        return {"answer": "true"}
    if kind == "matching":
        pairs = [{"prompt": f"Risque {n}", "match": _WORDS[n], "feedback": ""} for n in range(4)]
        return {"pairs": _items(pairs, number), "distractors": []}
    if kind == "ordering":
        return {"items": _items([f"Étape {n}" for n in range(5)], number)}
    if kind == "gap_text":
        return {
            "body": "Mettez d'abord [[vos gants|les gants]], puis [[*le casque|la cravate|le badge]].",
            "typo": True,
        }
    if kind == "short_answer":
        return {"answers": _items([{"text": _WORDS[0], "share": "100", "feedback": ""}], number), "typo": True}
    return {"answers": _items([{"value": "12.5", "tolerance": "0.5", "share": "100", "feedback": ""}], number)}


_KINDS = ("single", "multiple", "single", "true_false", "matching", "single", "short_answer", "ordering", "gap_text")


def raw_questions(number: int) -> list[dict[str, Any]]:
    """Return so many questions, of kinds as a quiz mixes them, as a stream holds them."""
    common = {"image": None, "hint": "", "worth": "1", "lesson": None, "competences": ["A2.1"]}
    text = "Que faites-vous quand un salarié arrive sans son équipement de protection ?"
    return [
        {
            "type": kind,
            "id": str(UUID(int=(7 << 64) + place)),
            "value": {
                **common,
                "text": f"{place}. {text}",
                "explanation": "La protection vient avant la tâche.",
                **_parts(kind, place),
            },
        }
        for place, kind in enumerate(islice(cycle((*_KINDS, "numerical")), number), 1)
    ]


@dataclass(frozen=True, slots=True)
class Given:
    """Answers to a question that people give, wrong ones by how often; each as JSON, points, share of the points."""

    right: tuple[str, str, float]
    blank: tuple[str, str, float]
    wrong: list[tuple[str, str, float]]
    weights: list[float]
    easiness: float

    def one(self, ability: float, dice: random.Random) -> tuple[tuple[str, str, float], bool]:
        """Return an answer, and whether it is one at all: the abler a person, the righter."""
        throw = dice.random()
        if throw < BLANK:
            return self.blank, False
        if throw < BLANK + (1 - BLANK) * (self.easiness + ability) / 2:
            return self.right, True
        return self.wrong[bisect(self.weights, dice.random() * self.weights[-1], hi=len(self.wrong) - 1)], True


def given_answers(question: Question, dice: random.Random) -> Given:
    """Return what people answer to a question."""

    def row(response: Any) -> tuple[str, str, float]:
        checked = question.check(response)
        score = question.grade(checked).score
        return json.dumps(checked), str(score), float(score / question.worth)

    wrong = [row(_wrong(question, dice)) for _try in range(60)]
    wrong = [answer for answer in wrong if answer[2] < 1] or [row(None)]
    weights = list(accumulate(1 / (place + 1) for place in range(len(wrong))))
    return Given(row(question.key()), row(None), wrong, weights, dice.uniform(0.2, 0.95))


def _wrong(question: Question, dice: random.Random) -> Any:
    """Return some answer that the question may get."""
    if choices := getattr(question, "options", None):
        return dice.sample([option.id for option in choices], 1 if question.kind != "multiple" else dice.randint(1, 3))
    if places := getattr(question, "places", None):
        return {item.id: dice.choice(places).id for item in question.items}  # type: ignore[attr-defined]
    if steps := getattr(question, "steps", None):
        ranks = dice.sample(range(1, len(steps) + 1), len(steps))
        return {step.id: str(rank) for step, rank in zip(steps, ranks, strict=True)}
    if gaps := getattr(question, "gaps", None):
        return {gap.id: dice.choice(gap.answers).id if gap.listed else dice.choice(_WORDS) for gap in gaps}
    if question.kind == "numerical":
        return {"text": str(dice.randint(1, 40))}
    return {"text": f"{dice.choice(_WORDS)} {dice.choice(_WORDS)}"}


# -- The site ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filled:
    """A site full of attempts: two big quizzes, a person who learns, one who reads the results."""

    long: QuizPage
    short: QuizPage
    learner: User
    administrator: User


def _add_people(number: int, start: int = 0) -> list[int]:
    users = [
        User(email=f"personne{start + n}@exemple.fr", first_name="Camille", last_name=f"Martin{n}", password="!")  # noqa: S106
        for n in range(number)
    ]
    return [user.pk for user in User.objects.bulk_create(users, batch_size=5000)]


def _add_course() -> CoursePage:
    home = HomePage.objects.first()
    if home is None:
        home = Page.objects.get(depth=1).add_child(instance=HomePage(title="Accueil", slug="accueil", lead="Bonjour."))
        Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "testserver", "root_page": home})
    catalog = CatalogPage.objects.first() or home.add_child(instance=CatalogPage(title="Formations", slug="formations"))
    federation = Federation.objects.create(name="Fédération mesurée", slug="mesuree")
    space = catalog.add_child(instance=FederationPage(title="Espace", slug="mesuree", federation=federation))
    return space.add_child(
        instance=CoursePage(
            title="Module", slug="mesures", summary="Mesures.", minutes=60, reviewed_on=timezone.localdate()
        )
    )


def _add_quiz(course: CoursePage, questions: int) -> QuizPage:
    quiz = QuizPage(title=f"Quiz de {questions} questions", slug=f"quiz-{course.get_children().count() + 1}")
    quiz.questions = QuizPage.questions.field.stream_block.to_python(raw_questions(questions))
    quiz.layout = QuizPage.Layout.ONE
    return course.add_child(instance=quiz)


def _add_attempts(quiz: QuizPage, number: int, people: Sequence[int], dice: random.Random) -> None:
    """Add graded attempts, two for each person at most, with all their answers."""
    questions = list(questions_from_raw(quiz.raw_questions))
    given = [given_answers(question, dice) for question in questions]
    ids = [UUID(question.id) for question in questions]
    snapshot = json.dumps(to_json(questions))
    most = sum((question.worth for question in questions), Decimal(0))
    now = timezone.now()
    attempts: list[tuple[Any, ...]] = []
    answers: list[tuple[Any, ...]] = []

    def flush() -> None:
        insert(Attempt, _ATTEMPT, attempts)
        insert(Answer, _ANSWER, answers)
        attempts.clear()
        answers.clear()

    for made in range(number):
        attempt, ability = UUID(int=dice.getrandbits(128), version=4), dice.random()
        end = now - timedelta(minutes=made % 200_000, seconds=dice.randint(0, 59))
        found = [each.one(ability, dice) for each in given]
        score = sum((Decimal(answer[1]) for answer, _answered in found), Decimal(0))
        share = percent(score, most)
        user, go = people[made % len(people)], made // len(people) + 1
        begun = end - timedelta(seconds=dice.randint(120, 3600))
        attempts.append(
            (
                *(attempt, user, quiz.pk, go, quiz.mode, 0, snapshot, quiz.pass_mark, begun, 1),
                *(end, end, str(score), str(most), str(share), share >= quiz.pass_mark, False),
            )
        )
        answers += [
            (attempt, question, response, end, False, points, fraction, "", answered)
            for question, ((response, points, fraction), answered) in zip(ids, found, strict=True)
        ]
        if len(answers) >= 100_000:
            flush()
    flush()


_ATTEMPT = (
    *("id", "user_id", "quiz_id", "number", "mode", "seed", "snapshot", "pass_mark", "started_at", "furthest"),
    *("submitted_at", "graded_at", "score", "max_score", "percent", "passed", "pass_kept"),
)
_ANSWER = (
    *("attempt_id", "question_id", "response", "saved_at", "flagged", "score", "fraction", "comment", "answered"),
)


def fill(attempts: int, questions: int, say: Say) -> Filled:
    """Make the site: two quizzes with all their answers, and small ones for the rest of the attempts."""
    dice = random.Random(42)  # noqa: S311  (the same site each time)
    times, few = SHORT_QUIZ
    course = _add_course()
    learner = User.objects.create_user("apprenant@exemple.fr")
    administrator = User.objects.create_superuser("administration@exemple.fr")
    people = _add_people(max(attempts * times // 2, 1))
    sizes = [(attempts, questions), (attempts * times, few)]
    rest = attempts * ALL_ATTEMPTS - sum(number for number, _questions in sizes)
    quizzes = []
    for number, each in sizes:
        say(f"{number} essais de {each} questions…")
        quizzes.append(_add_quiz(course, each))
        _add_attempts(quizzes[-1], number, people[: max(number // 2, 1)], dice)
    say(f"{rest} essais d'autres quiz…")
    for _other in range(8):
        _add_attempts(_add_quiz(course, 3), rest // 8, people, dice)
    enrol(learner, course)
    say(f"{Answer.objects.count()} réponses, {Attempt.objects.count()} essais, {User.objects.count()} personnes.")
    return Filled(quizzes[0], quizzes[1], learner, administrator)


# -- What is measured ----------------------------------------------------------------------------------------------


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _size(quiz: QuizPage) -> str:
    return f"{quiz.attempts.count()} × {quiz.question_count}"


def _expect(status: int, response: Any) -> None:
    """Refuse an answer that is not the one to be measured."""
    if response.status_code != status:
        message = f"{response.status_code} instead of {status}: {response.content[:500]!r}"
        raise RuntimeError(message)


def _statistics(site: Filled) -> Iterator[Measure]:
    for quiz in (site.long, site.short):
        size = _size(quiz)
        items = statistics.question_statistics(quiz)
        for name, call in (
            ("questions", lambda quiz=quiz: statistics.question_statistics(quiz)),
            ("questions, premiers essais", lambda quiz=quiz: statistics.question_statistics(quiz, first_only=True)),
            ("essais, notes, temps", lambda quiz=quiz: statistics.overview(quiz)),
            ("erreurs fréquentes", lambda quiz=quiz, items=items: statistics.add_mistakes(quiz, items, items[0].seen)),
        ):
            yield measure(Budget(f"{size} : {name}", 2.0), call)


def _reading(site: Filled) -> Iterator[Measure]:
    """Measure what a person who reads the results waits for."""
    client = _client(site.administrator)
    yield measure(Budget("résultats des quiz", 1.0), lambda: _expect(200, client.get(reverse("quiz_results"))))
    for quiz in (site.long, site.short):
        size = _size(quiz)
        report, attempts = reverse("quiz_report", args=[quiz.pk]), reverse("quiz_report_attempts", args=[quiz.pk])
        late = f"{attempts}?until={(timezone.localdate() - timedelta(days=30)).isoformat()}"
        yield measure(Budget(f"{size} : rapport", 3.0), lambda report=report: _expect(200, client.get(report)))
        yield measure(Budget(f"{size} : essais", 0.5), lambda attempts=attempts: _expect(200, client.get(attempts)))
        yield measure(Budget(f"{size} : essais d'avant", 0.5), lambda late=late: _expect(200, client.get(late)))
    table = reverse("quiz_report_download", args=[site.short.pk, "essais", "csv"])
    yield measure(
        Budget(f"{_size(site.short)} : CSV des essais", 15.0),
        lambda: b"".join(client.get(table).streaming_content),  # type: ignore[attr-defined]
        times=1,
    )


def _taking(site: Filled) -> Iterator[Measure]:
    """Measure what a person who takes the long quiz waits for, within the budgets of a quiz."""
    client, quiz = _client(site.learner), site.long

    def answered() -> Attempt:
        attempt = start_attempt(site.learner, quiz)
        save_answers(attempt, [(number, question.key(), False) for number, question in enumerate(attempt.questions, 1)])
        return attempt

    attempt = answered()
    first = reverse("quizzes:question", args=[attempt.pk, 1])
    choice = {"reponse": attempt.questions[0].key()}
    yield measure(Budget("page du quiz", 0.3, 14), lambda: _expect(200, client.get(quiz.get_url())))
    yield measure(Budget("une question", 0.3, 14), lambda: _expect(200, client.get(first)))
    yield measure(Budget("une réponse enregistrée", 0.3, 14), lambda: _expect(302, client.post(first, choice)))
    yield measure(Budget("récapitulatif", 0.5, 14), lambda: _expect(200, client.get(attempt.get_absolute_url())))
    yield measure(
        Budget("quiz rendu", 0.5, 14),
        lambda current: _expect(302, client.post(reverse("quizzes:submit", args=[current.pk]))),
        prepare=answered,
    )
    yield measure(Budget("résultat", 1.0, 14), lambda: _expect(200, client.get(attempt.get_absolute_url())))
    yield measure(Budget("Mon parcours", 0.3, 14), lambda: _expect(200, client.get(reverse("progress:dashboard"))))


def run(attempts: int, questions: int, *, say: Say) -> list[Measure]:
    """Fill the scratch site and return what was measured there."""
    site = fill(attempts, questions, say)
    settle()
    return [*_statistics(site), *_reading(site), *_taking(site)]
