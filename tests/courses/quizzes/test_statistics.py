"""Statistics of a quiz: formulas against values worked out by hand, then what the queries add up."""

import math
from datetime import timedelta

import pytest

from courses.quizzes.models import Answer, Attempt, QuizPage
from courses.quizzes.services import start_attempt, submit_attempt
from courses.quizzes.statistics import (
    Sums,
    add_mistakes,
    commonest,
    correlation,
    mean_gain,
    overview,
    question_statistics,
    verdict,
    wrong_parts,
)
from tests.courses.factories import make_course, make_quiz, multiple, save_answer, single
from tests.courses.questions.factories import make, raw
from tests.factories import UserFactory

# -- Formulas ------------------------------------------------------------------------------------------------------


def sums_of(pairs):
    xs, ys = [x for x, _y in pairs], [y for _x, y in pairs]
    products = sum(x * y for x, y in pairs)
    return Sums(len(pairs), sum(xs), sum(x * x for x in xs), sum(ys), sum(y * y for y in ys), products)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        # The same order: 1; the contrary: -1.
        ([(0, 0), (1, 1)], 1),
        ([(0, 1), (1, 0)], -1),
        # Means 0.5 and 0.5; covariance 0.
        ([(0, 0), (0, 1), (1, 0), (1, 1)], 0),
        # Means 2 and 3; products of deviations 2·1 = (-1)(-2)+0·1+1·1 = 3; squares 2 and 6: 3/√12.
        ([(1, 1), (2, 4), (3, 4)], 3 / math.sqrt(12)),
        # Point-biserial: x is 0 or 1. Deviations of ½ and 0.4, 0, 0, 0.4: products 0.4, squares 1 and 0.32.
        ([(1, 0.9), (1, 0.5), (0, 0.5), (0, 0.1)], 0.4 / math.sqrt(1 * 0.32)),
    ],
)
def test_a_correlation_is_pearsons(pairs, expected):
    assert correlation(sums_of(pairs)) == pytest.approx(expected)


@pytest.mark.parametrize("pairs", [[], [(1, 1)], [(1, 0.2), (1, 0.8)], [(0, 0.5), (1, 0.5)], [(0.1, 0.3)] * 1000])
def test_what_does_not_vary_has_no_correlation(pairs):
    assert correlation(sums_of(pairs)) is None


def test_a_correlation_stays_within_its_bounds_whatever_the_rounding():
    assert correlation(sums_of([(n / 3, n / 7) for n in range(1000)])) == 1


@pytest.mark.parametrize(
    ("discrimination", "facility", "number", "word"),
    [
        (0.5, 60, 100, "distingue très bien"),
        (0.4, 60, 100, "distingue très bien"),
        (0.35, 60, 100, "distingue bien"),
        (0.25, 60, 100, "distingue un peu"),
        (0.1, 60, 100, "à revoir : distingue à peine"),
        (-0.1, 60, 100, "à revoir : mieux réussie par ceux qui ratent le reste"),
        (0.5, 60, 19, "trop peu d'essais pour le dire"),
        (None, 100, 100, "tout le monde réussit"),
        (None, 0, 100, "personne ne réussit : à revoir"),
        (None, 60, 100, "ne se compare pas au reste"),
        (None, None, 0, "sans note"),
    ],
)
def test_a_discrimination_is_said_in_words(discrimination, facility, number, word):
    assert verdict(discrimination, facility, number).word == word


# -- Mistakes ------------------------------------------------------------------------------------------------------


def test_two_spellings_of_a_wrong_answer_are_one_mistake_said_as_most_say_it():
    question = make("short_answer")
    texts = [("Le Verre", 3), ("le verre.", 1), ("LE  VERRE", 1)]
    counts = [(key, words, n) for text, n in texts for key, words in wrong_parts(question, {"text": text})]
    (mistake,) = commonest(counts, 10)
    assert (mistake.text, mistake.number, mistake.percent) == ("« Le Verre »", 5, 50)


def test_each_wrong_option_counts_and_right_ones_do_not():
    question = make("multiple")
    right, wrong = question.key(), [option for option in question.options if not option.correct]
    assert wrong_parts(question, right) == []
    assert [words for _key, words in wrong_parts(question, [*right, wrong[0].id])] == [wrong[0].text]


def test_what_is_placed_wrong_counts_by_item():
    question = make("matching")
    first, second = question.items[:2]
    response = {**question.key(), first.id: second.place}
    place = next(place.text for place in question.places if place.id == second.place)
    assert [words for _key, words in wrong_parts(question, response)] == [f"{first.text} → {place}"]


def test_a_wrong_word_in_a_gap_is_said_with_the_number_of_the_gap():
    question = make("gap_text")
    gap = next(gap for gap in question.gaps if not gap.listed)
    assert [words for _key, words in wrong_parts(question, {gap.id: "pelle"})] == [f"Trou {gap.id} → pelle"]


def test_a_level_of_a_scale_is_counted_as_it_is():
    question = make("scale")
    assert wrong_parts(question, [question.levels[0].id]) == [(question.levels[0].text, question.levels[0].text)]


@pytest.mark.parametrize("response", [["no-such-option"], "text", None, []])
def test_an_answer_that_the_question_could_not_get_now_has_no_mistake(response):
    assert wrong_parts(make("single"), response) == []


def test_an_open_answer_has_no_mistake_to_count():
    assert wrong_parts(make("open"), {"text": "Je protège."}) == []


# -- Queries -------------------------------------------------------------------------------------------------------

db = pytest.mark.django_db


def take(quiz, *responses, user=None):
    """Submit an attempt with these answers, None for a question left alone."""
    attempt = start_attempt(user or UserFactory(), quiz)
    for number, response in enumerate(responses, 1):
        if response is not None:
            save_answer(attempt, number, response)
    return submit_attempt(attempt)


@db
def test_each_question_gets_its_facility_its_discrimination_and_its_blanks():
    quiz = make_quiz(questions=[single("Une ?"), single("Deux ?"), single("Trois ?", wrong=("Je crie", "Je fuis"))])
    take(quiz, ["right"], ["right"], ["right"])
    take(quiz, ["right"], ["right"], ["wrong-0"])
    take(quiz, ["wrong-0"], ["wrong-0"], ["wrong-1"])
    take(quiz, ["wrong-0"], None, ["wrong-1"])
    one, two, three = question_statistics(quiz)
    assert [item.question.text for item in (one, two, three)] == ["Une ?", "Deux ?", "Trois ?"]
    assert [item.place for item in (one, two, three)] == [1, 2, 3]
    assert [item.seen for item in (one, two, three)] == [4, 4, 4]
    assert [item.facility for item in (one, two, three)] == [50, 50, 25]
    assert [item.unanswered for item in (one, two, three)] == [0, 25, 0]
    # The third against the two others: x = 1,0,0,0 and y = ⅔,⅔,0,0. n·Σxy − ΣxΣy = 4·⅔ − 4/3 = 4/3;
    # n·Σx² − (Σx)² = 3; n·Σy² − (Σy)² = 4·8/9 − 16/9 = 16/9.
    assert three.discrimination == pytest.approx((4 / 3) / math.sqrt(3 * 16 / 9))


@db
def test_the_question_itself_is_not_part_of_what_it_is_compared_with():
    quiz = make_quiz(questions=[single(), single()])
    for first, second in ((1, 0), (0, 1), (1, 0), (0, 1)):
        take(quiz, ["right"] if first else ["wrong-0"], ["right"] if second else ["wrong-0"])
    assert [item.discrimination for item in question_statistics(quiz)] == [pytest.approx(-1), pytest.approx(-1)]


@db
def test_only_graded_attempts_count():
    quiz = make_quiz(questions=[single(), raw("open", worth="1")])
    take(quiz, ["right"], None)
    take(quiz, ["right"], {"text": "À lire."})
    start_attempt(UserFactory(), quiz)
    whole = overview(quiz)
    assert (whole.started, whole.submitted, whole.graded, whole.pending, whole.unfinished) == (3, 2, 1, 1, 1)
    assert [item.seen for item in question_statistics(quiz)] == [1, 1]


@db
def test_the_first_attempt_of_each_person_alone_may_count():
    quiz, user = make_quiz(questions=[single()]), UserFactory()
    take(quiz, ["wrong-0"], user=user)
    take(quiz, ["right"], user=user)
    take(quiz, ["right"])
    assert (overview(quiz).graded, overview(quiz).people, overview(quiz).passed) == (3, 2, 2)
    first = overview(quiz, first_only=True)
    assert (first.graded, first.people, first.passed, first.pass_rate) == (2, 2, 1, 50)
    assert [item.facility for item in question_statistics(quiz, first_only=True)] == [50]


@db
def test_marks_and_times_come_from_the_attempts():
    quiz = make_quiz(questions=[single(), single()])
    for right in (0, 1, 2):
        attempt = take(quiz, *[["right"]] * right)
        Attempt.objects.filter(pk=attempt.pk).update(
            started_at=attempt.submitted_at.replace(microsecond=0) - timedelta(minutes=right + 1),
            submitted_at=attempt.submitted_at.replace(microsecond=0),
        )
    whole = overview(quiz)
    assert whole.percents.counts == ((0, 1), (50, 1), (100, 1))
    assert whole.seconds.counts == ((60, 1), (120, 1), (180, 1))


@db
def test_nobody_gives_no_figure():
    quiz = make_quiz()
    whole = overview(quiz)
    assert (whole.graded, whole.people, whole.pass_rate, whole.percents.mean) == (0, 0, None, None)
    assert question_statistics(quiz) == []


@db
def test_a_question_keeps_its_newest_words_and_one_that_left_the_quiz_has_no_place():
    quiz = make_quiz(questions=[single("Avant ?"), single("Partie ?")])
    take(quiz, ["right"], ["right"])
    kept = quiz.raw_questions[0]
    kept["value"]["text"] = "Après ?"
    quiz.questions = quiz.questions.stream_block.to_python([kept])
    quiz.save()
    take(quiz, ["right"])
    assert [(item.question.text, item.place, item.seen) for item in question_statistics(quiz)] == [
        ("Après ?", 1, 2),
        ("Partie ?", None, 1),
    ]


@db
def test_a_scale_has_no_facility_but_its_commonest_level():
    quiz = make_quiz(questions=[single(), raw("scale")], mode=QuizPage.Mode.POSITIONING)
    level = start_attempt(UserFactory(), quiz).questions[1].levels[0]
    take(quiz, ["right"], [level.id])
    _single, scale = items = question_statistics(quiz)
    add_mistakes(quiz, items, 1)
    assert (scale.facility, scale.discrimination, scale.verdict.word) == (None, None, "sans note")
    assert [(m.text, m.percent) for m in scale.mistakes] == [(level.text, 100)]


@db
def test_the_commonest_mistakes_come_first():
    quiz = make_quiz(questions=[single(wrong=("Je crie", "Je fuis")), multiple()])
    take(quiz, ["wrong-1"], ["right-0", "wrong-0"])
    take(quiz, ["wrong-1"], ["right-0", "right-1"])
    take(quiz, ["wrong-0"], None)
    take(quiz, ["right"], None)
    items = question_statistics(quiz)
    assert add_mistakes(quiz, items, 4) is None
    assert [[(m.text, m.percent) for m in item.mistakes] for item in items] == [
        [("Je fuis", 50), ("Je crie", 25)],
        [("Choix wrong-0", 25)],
    ]


@db
def test_mistakes_of_many_attempts_are_read_from_the_last_ones(monkeypatch):
    monkeypatch.setattr("courses.quizzes.statistics.SAMPLE", 2)
    quiz = make_quiz(questions=[single(wrong=("Ancienne", "Récente"))])
    for option in ("wrong-0", "wrong-0", "wrong-1", "wrong-1"):
        take(quiz, [option])
    items = question_statistics(quiz)
    assert add_mistakes(quiz, items, 4) == 2
    assert [(m.text, m.percent) for m in items[0].mistakes] == [("Récente", 100)]


@db
def test_a_gain_goes_from_the_last_positioning_before_to_the_last_after():
    course = make_course()
    before = make_quiz(course, questions=[single(), single()], mode=QuizPage.Mode.POSITIONING)
    after = make_quiz(course, questions=[], mode=QuizPage.Mode.POSITIONING, repeats=before)
    both, other = UserFactory(), UserFactory()
    assert mean_gain(before, after) is None
    take(before, ["right"], ["right"], user=both)
    take(before, ["wrong-0"], ["wrong-0"], user=both)
    take(after, ["wrong-0"], ["wrong-0"], user=both)
    take(after, ["right"], ["wrong-0"], user=both)
    take(before, ["right"], ["wrong-0"], user=other)
    take(after, ["right"], ["right"], user=other)
    take(before, ["right"], ["right"])
    take(after, ["right"], ["right"])
    gain = mean_gain(before, after)
    assert (gain.people, gain.before, gain.after, gain.points) == (2, 25, 75, 50)


@db
@pytest.mark.parametrize("attempts", [1, 12])
def test_statistics_take_as_many_queries_however_many_attempts(attempts, django_assert_num_queries):
    quiz = make_quiz(questions=[single(), multiple()])
    for _ in range(attempts):
        take(quiz, ["wrong-0"], ["right-0"])
    with django_assert_num_queries(3):
        items = question_statistics(quiz)
    with django_assert_num_queries(1):
        add_mistakes(quiz, items, attempts)
    with django_assert_num_queries(4):
        overview(quiz)
    with django_assert_num_queries(5):
        overview(quiz, first_only=True)


@db
def test_a_submitted_attempt_has_an_answer_to_each_question_and_says_which_were_given():
    attempt = take(make_quiz(questions=[single(), single(), single()]), ["right"], [], None)
    found = Answer.objects.filter(attempt=attempt)
    states = {str(row.question_id): (row.answered, row.score) for row in found}
    assert [states[question.id] for question in attempt.questions] == [(True, 1), (False, 0), (False, 0)]
