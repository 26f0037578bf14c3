"""What changed in the key of a question since it was put: pure."""

import copy
from random import Random

import pytest

from courses.questions.kinds import to_json
from courses.questions.raw import question_from_raw
from courses.quizzes.key_changes import ANOTHER_KIND, GONE, NOTHING_RIGHT, Comparer, compare
from tests.courses.questions.factories import VALUES, raw


def versions(kind, change):
    """Return a question of a kind and the same one after its raw value was changed."""
    block = raw(kind)
    later = copy.deepcopy(block)
    change(later["value"])
    return question_from_raw(block), question_from_raw(later)


def nothing(value):
    pass


def other_option(value):
    for option in value["options"]:
        option["value"]["correct"] = option["value"]["text"] == "faux"


def more_rights(value):
    value["options"][2]["value"]["correct"] = True


def other_answer(value):
    value["answer"] = "false"


def swapped_matches(value):
    first, second, *_ = value["pairs"]
    first["value"]["match"], second["value"]["match"] = second["value"]["match"], first["value"]["match"]


def other_order(value):
    value["items"].reverse()


def another_bin(value):
    value["bins"][1]["value"]["items"].append(value["bins"][0]["value"]["items"].pop())


def another_gap(value):
    value["body"] = value["body"].replace("2020", "2020|2021")


def another_spelling(value):
    value["answers"].append(copy.deepcopy(value["answers"][0]))
    value["answers"][-1]["value"]["text"] = "tout autre chose"


def wider_tolerance(value):
    value["answers"][0]["value"]["tolerance"] = "7"


def other_zone(value):
    for zone in value["zones"]:
        zone["value"]["correct"] = not zone["value"]["correct"]


CHANGES = {
    "single": (other_option, "Bonne réponse : « juste » → « faux »"),
    "multiple": (more_rights, "Bonnes réponses : « a », « b » → « a », « b », « c »"),
    "true_false": (other_answer, "Bonne réponse : « Vrai » → « Faux »"),
    "matching": (swapped_matches, "« CIP » : construit le parcours → encadre la production"),
    "ordering": (other_order, "Bon ordre : Protéger, Examiner, Alerter, Secourir → Secourir"),
    "categorize": (another_bin, "« perceuse » : D3E → Mobilier"),
    "gap_text": (another_gap, "Trou 2 : « 2020 » → « 2020 », « 2021 »"),
    "short_answer": (another_spelling, "« tout autre chose »"),
    "numerical": (wider_tolerance, "à 7 près"),
    "hotspot": (other_zone, "Bonnes zones : "),
}


@pytest.mark.parametrize("kind", list(VALUES))
def test_a_question_that_stayed_as_it_was_has_no_change_whatever_its_order(kind):
    put, now = versions(kind, nothing)
    for seed in range(5):
        assert compare(put.arranged(Random(seed), shuffle=True), now) is None


@pytest.mark.parametrize("kind", list(CHANGES))
def test_a_changed_key_is_told_in_words_and_gives_full_marks_to_the_new_key(kind):
    change, words = CHANGES[kind]
    put, now = versions(kind, change)
    shown = put.arranged(Random(3), shuffle=True)
    found = compare(shown, now)
    assert words in " ; ".join(found.lines)
    assert not found.reworded
    assert found.after.grade(now.key()).correct
    assert [item["id"] for item in to_json([found.after])[0].get("options", [])] == [
        item["id"] for item in to_json([shown])[0].get("options", [])
    ]


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in {"scale", "open"}])
def test_another_worth_is_a_change(kind):
    put, now = versions(kind, lambda value: value.update(worth="2.5"))
    assert compare(put, now).lines == ("Points : 1 → 2,5",)


@pytest.mark.parametrize("kind", list(VALUES))
def test_words_that_change_without_the_key_are_no_change(kind):
    put, now = versions(kind, lambda value: value.update(text="Autrement dit ?", explanation="Mieux expliqué."))
    assert compare(put, now) is None


def test_a_key_that_changes_with_the_words_is_marked_to_be_checked():
    put, now = versions("single", lambda value: (other_option(value), value.update(text="Que ne faites-vous pas ?")))
    assert compare(put, now).reworded


def test_a_new_option_alone_is_not_another_wording():
    def add(value):
        other_option(value)
        value["options"].append(copy.deepcopy(value["options"][1]))
        value["options"][-1] = value["options"][-1] | {"id": "new"}
        value["options"][-1]["value"] = {"text": "nouveau", "correct": False, "feedback": ""}

    put, now = versions("single", add)
    assert not compare(put, now).reworded


def drop_option(value):
    value["options"].pop()


def move_right_answer_to_a_new_option(value):
    value["options"][0]["value"]["correct"] = False
    value["options"].append({"type": "item", "id": "new", "value": {"text": "Neuf", "correct": True, "feedback": ""}})


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("single", drop_option, "supprimée"),
        ("single", move_right_answer_to_a_new_option, NOTHING_RIGHT),
        ("matching", lambda value: value["pairs"].pop(), "associer"),
        ("categorize", lambda value: value["bins"].pop(), "trier"),
        ("ordering", lambda value: value["items"].pop(), "étapes"),
        ("gap_text", lambda value: value.update(body="[[seul]]"), "trous"),
        ("hotspot", lambda value: value["zones"].pop(), "zones"),
        ("open", lambda value: value.update(worth="9"), "à la main"),
    ],
)
def test_a_question_that_asks_another_thing_is_refused_with_the_reason(kind, change, words):
    found = compare(*versions(kind, change))
    assert found.after is None
    assert words in found.reason


def test_a_question_that_is_gone_or_of_another_kind_is_refused():
    put, _now = versions("single", nothing)
    assert compare(put, None).reason == GONE
    assert compare(put, question_from_raw(raw("open"))).reason == ANOTHER_KIND


def test_a_version_is_compared_once_whatever_the_order_in_which_it_was_shown(monkeypatch):
    put, now = versions("multiple", more_rights)
    calls = []
    monkeypatch.setattr("courses.quizzes.key_changes.compare", lambda *pair: calls.append(pair) or compare(*pair))
    comparer = Comparer({put.id: now})
    for seed in range(20):
        snapshot = to_json([put.arranged(Random(seed), shuffle=True)])
        assert [place for place, _change in comparer.changes(snapshot)] == [0]
    assert len(calls) == 1


def test_other_questions_of_a_snapshot_are_left_alone():
    put, _now = versions("single", nothing)
    assert Comparer({}).changes(to_json([put])) == []
