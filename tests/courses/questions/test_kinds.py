"""The rules that hold for every kind of question, then those of each."""

import json
from decimal import Decimal
from random import Random

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.questions.checks import advice, faults
from courses.questions.kinds import Kind, OpenQuestion, ResponseError, State, from_json, text_id, to_json
from tests.courses.questions.factories import item, make, option, zone

GRADED = [kind for kind in Kind if kind not in {Kind.OPEN, Kind.SCALE}]


def responses(question):
    """A strategy of answers that the question accepts, right, wrong or partial."""
    if hasattr(question, "options"):
        ids = [o.id for o in question.options]
        return st.lists(st.sampled_from(ids), unique=True, max_size=len(ids) if question.chooses_many else 1)
    if hasattr(question, "levels"):
        return st.lists(st.sampled_from([level.id for level in question.levels]), max_size=1)
    if hasattr(question, "places"):
        places = st.sampled_from(["", *(place.id for place in question.places)])
        return st.fixed_dictionaries({i.id: places for i in question.items})
    if hasattr(question, "steps"):
        ranks = st.sampled_from(["", *(str(n) for n in range(1, len(question.steps) + 1))])
        return st.fixed_dictionaries({s.id: ranks for s in question.steps})
    if hasattr(question, "gaps"):
        given_in = {
            gap.id: st.sampled_from(["", *(a.id if gap.listed else a.text for a in gap.answers)])
            if gap.listed
            else st.sampled_from(["", "n'importe quoi", *(a.text for a in gap.answers)])
            for gap in question.gaps
        }
        return st.fixed_dictionaries(given_in)
    if hasattr(question, "zones"):
        percent = st.integers(0, 100)
        return st.fixed_dictionaries(
            {
                "zones": st.lists(st.sampled_from([z.id for z in question.zones]), unique=True),
                "points": st.lists(st.tuples(percent, percent).map(list), max_size=5),
            }
        )
    return st.fixed_dictionaries({"text": st.sampled_from(["", "3,5", "4", "7 kg", "économie circulaire", "x"])})


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data(), worth=st.sampled_from(["0.25", "1", "1.50", "3", "20"]))
@settings(max_examples=60)
def test_a_score_lies_between_zero_and_the_worth_and_full_marks_are_for_the_right_answer_alone(kind, data, worth):
    question = make(kind, worth=worth)
    result = question.grade(question.check(data.draw(responses(question))))
    assert 0 <= result.score <= question.worth
    assert result.score == result.score.quantize(Decimal("0.01"))
    if question.is_scored:
        assert (result.score == question.worth) == result.correct


@pytest.mark.parametrize("kind", GRADED)
@given(data=st.data())
@settings(max_examples=40)
def test_no_other_choice_than_the_key_earns_full_marks(kind, data):
    question = make(kind)
    response = question.check(data.draw(responses(question)))
    if question.grade(response).correct:
        right = {line.text for line in question.correct(response) if line.state in {State.RIGHT, State.NEUTRAL}}
        assert right == {line.text for line in question.correct(question.key())}


@pytest.mark.parametrize("kind", GRADED)
def test_the_key_earns_all_the_points(kind):
    question = make(kind, worth="3")
    result = question.grade(question.check(question.key()))
    assert (result.score, result.correct) == (Decimal(3), True)


@pytest.mark.parametrize("kind", Kind)
def test_no_answer_is_worth_nothing(kind):
    question = make(kind)
    blank = question.check(None)
    assert not question.is_answered(blank)
    assert question.grade(blank).score == 0
    assert not question.grade(blank).pending


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=30)
def test_the_order_in_which_a_question_is_put_does_not_change_the_score(kind, data, seed):
    question = make(kind)
    response = question.check(data.draw(responses(question)))
    arranged = question.arranged(Random(seed), shuffle=True)
    assert arranged.grade(arranged.check(response)) == question.grade(response)


@pytest.mark.parametrize("kind", Kind)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_snapshot_reads_back_as_the_same_question(kind, seed):
    question = make(kind).arranged(Random(seed), shuffle=True)
    assert from_json(json.loads(json.dumps(to_json([question])))) == [question]


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
@settings(max_examples=30)
def test_a_form_filled_with_an_answer_reads_back_as_that_answer(kind, data):
    question = make(kind)
    response = question.check(data.draw(responses(question)))
    form = QueryDict(mutable=True)
    for field in question.fields(response, "q1"):
        if field.choices and field.name == "q1":
            form.setlist("q1", [choice.id for choice in field.choices if choice.chosen])
        else:
            form[field.name] = field.value
    assert question.read(form, "q1") == response


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
@settings(max_examples=30)
def test_an_answer_that_was_checked_is_accepted_again_as_it_is(kind, data):
    question = make(kind)
    response = question.check(data.draw(responses(question)))
    assert question.check(json.loads(json.dumps(response))) == response


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "forged", [["unknown"], {"unknown": "x"}, {"text": 3}, [1], "juste", 7, {"zones": ["x"]}, {"points": [["a", 1]]}]
)
def test_an_answer_that_the_question_could_not_have_got_is_refused(kind, forged):
    with pytest.raises(ResponseError):
        make(kind).check(forged)


@pytest.mark.parametrize("kind", Kind)
def test_what_the_form_shows_says_nothing_of_the_key(kind):
    """The same form is shown for a question with another key."""
    changed = {
        "single": {"options": [option("juste"), option("faux", correct=True), option("aussi faux")]},
        "multiple": {"options": [option("a"), option("b"), option("c", correct=True), option("d", correct=True)]},
        "true_false": {"answer": "false"},
        "matching": {
            "pairs": [
                item({"prompt": "CIP", "match": "encadre la production", "feedback": "x"}),
                item({"prompt": "ETI", "match": "oriente vers la structure", "feedback": ""}),
                item({"prompt": "Prescripteur", "match": "construit le parcours", "feedback": ""}),
            ]
        },
        "ordering": {"items": [item("Secourir"), item("Alerter"), item("Examiner"), item("Protéger")]},
        "categorize": {
            "bins": [
                item({"label": "D3E", "items": [item("drap"), item("chaise")], "feedback": ""}),
                item({"label": "Mobilier", "items": [item("perceuse")], "feedback": ""}),
                item({"label": "Textile", "items": [item("bouilloire")], "feedback": "x"}),
            ]
        },
        "gap_text": {"body": "La loi [[Egalim]] date de [[2018]]. Un D3E est un [[équipement|*emballage]]."},
        "short_answer": {"answers": [item({"text": "autre", "share": "100", "feedback": ""})]},
        "numerical": {"answers": [item({"value": "9", "tolerance": "0", "share": "100", "feedback": ""})]},
        "hotspot": {"zones": [zone("câble", 50, 0), zone("flaque", 1, 2), zone("établi", 9, 9, correct=True)]},
        "open": {"model_answer": "Autre chose."},
        "scale": {},
    }[kind]

    def shown(question):
        fields = question.fields(question.check(None), "q")
        return sorted((f.name, f.text, f.before, sorted((c.id, c.text) for c in f.choices)) for f in fields)

    assert shown(make(kind)) == shown(make(kind, **changed))


@pytest.mark.parametrize("kind", Kind)
def test_a_sound_question_has_no_fault(kind):
    assert faults(make(kind)) == []


@pytest.mark.parametrize("kind", GRADED)
def test_a_question_keeps_its_words_and_takes_the_key_of_its_later_version(kind):
    question = make(kind)
    later = make(kind, worth="2", explanation="Mieux dit.")
    regraded = question.with_key_of(later)
    assert (regraded.worth, regraded.explanation) == (2, "Mieux dit.")
    assert regraded.fields(regraded.check(None), "q") == question.fields(question.check(None), "q")


@pytest.mark.parametrize("kind", GRADED)
def test_a_question_never_takes_the_key_of_another_kind(kind):
    other = make(Kind.OPEN)
    with pytest.raises(ResponseError):
        make(kind).with_key_of(other)


# -- Choosing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "score"),
    [
        (["a", "b"], "1"),
        (["a"], "0.50"),
        (["a", "c"], "0"),
        (["a", "b", "c"], "0.50"),
        (["a", "b", "c", "d"], "0"),
        (["c"], "0"),
    ],
)
def test_a_multiple_choice_gives_a_share_for_each_right_option_and_takes_one_for_each_wrong(chosen, score):
    assert make("multiple").grade(chosen).score == Decimal(score)


@pytest.mark.parametrize(("chosen", "score"), [(["juste"], "2"), (["faux"], "0")])
def test_a_single_choice_is_all_or_nothing(chosen, score):
    assert make("single", worth="2").grade(chosen).score == Decimal(score)


def test_a_third_of_a_point_is_rounded_half_up_to_two_places():
    options = [option("a", correct=True), option("b", correct=True), option("c", correct=True), option("d")]
    assert make("multiple", options=options).grade(["a", "b"]).score == Decimal("0.67")


def test_a_wrong_key_corrected_changes_the_grade_of_the_same_answer():
    question = make("single")
    later = make("single", options=[option("juste"), option("faux", correct=True), option("aussi faux")])
    assert not question.grade(["faux"]).correct
    assert question.with_key_of(later).grade(["faux"]).correct


# -- Placing -------------------------------------------------------------------------------------------------------


def test_each_right_pair_earns_a_share_and_a_wrong_one_costs_nothing_else():
    question = make("matching", worth="3")
    response = {text_id("CIP"): text_id("construit le parcours"), text_id("ETI"): text_id("délivre le pass IAE")}
    assert question.grade(response).score == 1


def test_each_item_in_its_bin_earns_a_share():
    question = make("categorize")
    response = {text_id("bouilloire"): text_id("D3E"), text_id("chaise"): text_id("D3E")}
    assert question.grade(response).score == Decimal("0.25")


@pytest.mark.parametrize(
    ("order", "score"),
    [
        ("1234", "1"),
        ("1243", "0.67"),  # one step moved
        ("4123", "0.67"),  # one step moved, all ranks wrong
        ("2143", "0.33"),
        ("4321", "0"),
        ("12", "0.33"),  # two left unplaced
        ("1134", "0.33"),  # a rank given twice counts for neither
        ("1", "0"),
    ],
)
def test_an_order_is_worth_its_longest_right_run(order, score):
    steps = ["Protéger", "Examiner", "Alerter", "Secourir"]
    response = {text_id(step): rank for step, rank in zip(steps, order, strict=False)}
    assert make("ordering").grade(response).score == Decimal(score)


def test_a_rank_given_twice_is_told_at_once():
    question = make("ordering")
    assert "même place" in question.complaint({text_id("Protéger"): "2", text_id("Alerter"): "2"})
    assert question.complaint(question.key()) == ""


@given(st.integers(0, 2000))
def test_steps_are_never_shown_in_their_right_order(seed):
    arranged = make("ordering").arranged(Random(seed), shuffle=False)
    assert [step.rank for step in arranged.steps] != [1, 2, 3, 4]


# -- Writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("économie circulaire", "1"),
        ("Economie  circulaire.", "1"),
        ("économie circulairre", "1"),
        ("Recyclage", "0.50"),
        ("tri", "0"),
    ],
)
def test_a_short_answer_earns_the_share_of_what_it_matches(text, score):
    assert make("short_answer").grade({"text": text}).score == Decimal(score)


def test_an_exact_match_goes_before_one_with_a_slip():
    answers = [
        item({"text": "recyclage", "share": "100", "feedback": ""}),
        item({"text": "recyclages", "share": "0", "feedback": ""}),
    ]
    assert make("short_answer", answers=answers).grade({"text": "recyclages"}).score == 0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("3,5", "1"),
        ("3.5 kg", "1"),
        ("3,5kg", "1"),
        ("3,55", "1"),
        ("3,61", "0"),
        ("4", "0.50"),
        ("3,5 g", "0"),
        ("trois", "0"),
    ],
)
def test_a_quantity_is_right_within_its_tolerance_and_in_its_unit(text, score):
    assert make("numerical").grade({"text": text}).score == Decimal(score)


@pytest.mark.parametrize(("text", "score"), [("3,5 kg", "1"), ("3,5", "0")])
def test_a_unit_that_must_be_typed_is_part_of_the_answer(text, score):
    assert make("numerical", unit_rule="typed").grade({"text": text}).score == Decimal(score)


def test_what_is_no_number_is_told_at_once():
    assert "3,5" in make("numerical").complaint({"text": "trois"})


def test_each_gap_earns_a_share():
    response = {"1": "agec", "2": "2019", "3": text_id("équipement")}
    assert make("gap_text").grade(response).score == Decimal("0.67")


def test_a_choice_of_a_gap_shows_its_feedback():
    lines = make("gap_text").correct({"3": text_id("emballage")})
    assert (lines[2].given, lines[2].right, lines[2].feedback) == ("emballage", "équipement", "Non.")


def test_an_open_answer_waits_for_a_person():
    question = make("open")
    assert question.grade({"text": "Je protège."}).pending


@pytest.mark.parametrize(("points", "score"), [(["2", "1"], "1"), (["1", "0"], "0.33"), (["0", "0"], "0")])
def test_an_open_answer_earns_its_points_in_proportion(points, score):
    question = make("open")
    assert isinstance(question, OpenQuestion)
    assert question.mark(map(Decimal, points)).score == Decimal(score)


@pytest.mark.parametrize("points", [[], ["1"], ["3", "0"], ["-1", "1"], ["1", "1", "1"]])
def test_points_out_of_the_bounds_of_the_grid_are_refused(points):
    with pytest.raises(ResponseError):
        make("open").mark(map(Decimal, points))


def test_an_answer_without_a_grid_is_marked_as_a_whole():
    question = make("open", criteria=[], worth="4")
    assert question.mark([Decimal(3)]).score == 3


# -- Looking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zones", "points", "score"),
    [
        (["câble", "flaque"], [], "1"),
        ([], [[10, 10], [50, 50]], "1"),
        (["câble"], [[50, 50]], "1"),
        (["câble"], [[10, 10]], "0.50"),  # the same place twice is one
        ([], [[10, 10], [50, 50], [30, 5]], "0.50"),  # a click beside
        (["câble", "établi"], [], "0"),
        ([], [[41, 41]], "0"),  # the corner of the box of an ellipse
    ],
)
def test_places_named_or_pointed_at_earn_a_share_and_wrong_ones_take_it_away(zones, points, score):
    assert make("hotspot").grade({"zones": zones, "points": points}).score == Decimal(score)


def test_where_two_zones_overlap_the_right_one_is_meant():
    zones = [zone("large", 0, 0), zone("petit", 0, 0, correct=True)]
    assert make("hotspot", zones=zones).grade({"zones": [], "points": [[5, 5]]}).correct


@pytest.mark.parametrize("points", ["1", "a,b", "1,2,3", "101,2", "-1,5", "nan,1", ";".join(["1,1"] * 21)])
def test_points_out_of_the_image_are_refused(points):
    form = QueryDict(mutable=True)
    form["q-points"] = points
    with pytest.raises(ResponseError):
        make("hotspot").read(form, "q")


# -- Checks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("single", {"options": [option("a"), option("b")]}, "aucune"),
        ("single", {"options": [option("a", correct=True), option("b", correct=True)]}, "Une seule"),
        ("single", {"options": [option("Bac", correct=True), option("bac ")]}, "même texte"),
        ("multiple", {"options": [option("a", correct=True), option("b", correct=True)]}, "mauvaise"),
        ("matching", {"pairs": [], "distractors": []}, "au moins deux"),
        ("ordering", {"items": [item("a"), item("A")]}, "même texte"),
        (
            "categorize",
            {"bins": [item({"label": "a", "items": [item("x")]}), item({"label": "b", "items": [item("x")]})]},
            "deux fois",
        ),
        ("gap_text", {"body": "rien"}, "Aucun trou"),
        ("gap_text", {"body": "[[*a|*b]]"}, "une seule"),
        ("gap_text", {"body": "[[a]] et [[b"}, "fermé"),
        ("gap_text", {"body": "[[]] ici"}, "vide"),
        ("short_answer", {"answers": [item({"text": "a", "share": "50"})]}, "100 %"),
        ("short_answer", {"answers": [item({"text": "é"}), item({"text": "E"})]}, "déjà accepté"),
        ("numerical", {"answers": [item({"value": "1", "share": "50"})]}, "100 %"),
        ("numerical", {"unit": "", "unit_rule": "typed"}, "unité"),
        ("hotspot", {"picture": None}, "image"),
        ("hotspot", {"zones": [zone("a", 90, 0, correct=True), zone("b", 0, 0)]}, "sort de l'image"),
        ("hotspot", {"zones": [zone("a", 0, 0), zone("b", 0, 0)]}, "aucune"),
        ("open", {"marking": "self", "model_answer": ""}, "modèle"),
        ("scale", {"levels": [item("a")]}, "deux niveaux"),
    ],
)
def test_a_question_that_nobody_could_answer_rightly_is_refused(kind, changes, told):
    assert told in " ".join(faults(make(kind, **changes)))


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("single", {"explanation": ""}, "explication"),
        ("single", {"image": {"image": 1, "alt_text": "", "decorative": False}}, "remplacement"),
        ("hotspot", {"picture": {"image": 1, "alt_text": "", "decorative": False}}, "remplacement"),
        ("single", {}, "retour"),
        ("single", {}, "compétence"),
        ("open", {"criteria": []}, "grille"),
    ],
)
def test_a_question_that_could_be_better_says_how(kind, changes, told):
    assert told in " ".join(advice(make(kind, **changes)))
