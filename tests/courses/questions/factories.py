"""One sound raw block of each kind of question, to be changed at will."""

import uuid
from typing import Any

from courses.questions.kinds import Question
from courses.questions.raw import question_from_raw


def item(value: Any, item_id: str | None = None) -> dict:
    return {"type": "item", "id": item_id or str(uuid.uuid4()), "value": value}


def option(text: str, *, correct: bool = False, feedback: str = "") -> dict:
    """An option whose id is its text."""
    return item({"text": text, "correct": correct, "feedback": feedback}, text)


def zone(label: str, x: int, y: int, *, correct: bool = False, shape: str = "rect") -> dict:
    """A zone of 20 by 20 whose id is its label."""
    sides = {"x": str(x), "y": str(y), "width": "20", "height": "20"}
    return item({"label": label, "shape": shape, "correct": correct, "feedback": "", **sides}, label)


COMMON = {
    "text": "Que faites-vous ?",
    "image": None,
    "hint": "",
    "explanation": "Protéger d'abord.",
    "worth": "1",
    "lesson": None,
    "competences": [],
}

VALUES: dict[str, dict] = {
    "single": {"options": [option("juste", correct=True), option("faux"), option("aussi faux")]},
    "multiple": {"options": [option("a", correct=True), option("b", correct=True), option("c"), option("d")]},
    "true_false": {"answer": "true", "feedback_true": "Oui.", "feedback_false": "Non."},
    "matching": {
        "pairs": [
            item({"prompt": "CIP", "match": "construit le parcours", "feedback": ""}),
            item({"prompt": "ETI", "match": "encadre la production", "feedback": ""}),
            item({"prompt": "Prescripteur", "match": "oriente vers la structure", "feedback": ""}),
        ],
        "distractors": [item("délivre le pass IAE")],
    },
    "ordering": {"items": [item("Protéger"), item("Examiner"), item("Alerter"), item("Secourir")]},
    "categorize": {
        "bins": [
            item({"label": "D3E", "items": [item("bouilloire"), item("perceuse")], "feedback": "À piles ou secteur."}),
            item({"label": "Mobilier", "items": [item("chaise")], "feedback": ""}),
            item({"label": "Textile", "items": [item("drap")], "feedback": ""}),
        ]
    },
    "gap_text": {
        "body": "La loi [[AGEC|anti-gaspillage]] date de [[2020]]. Un D3E est un [[*équipement|emballage#Non.]].",
        "typo": True,
    },
    "short_answer": {
        "answers": [
            item({"text": "économie circulaire", "share": "100", "feedback": ""}),
            item({"text": "recyclage", "share": "50", "feedback": "Ce n'en est qu'une partie."}),
        ],
        "typo": True,
        "feedback_other": "Relisez la leçon.",
    },
    "numerical": {
        "answers": [
            item({"value": "3.5", "tolerance": "0.1", "share": "100", "feedback": ""}),
            item({"value": "4", "tolerance": "0", "share": "50", "feedback": "Presque."}),
        ],
        "unit": "kg",
        "unit_rule": "shown",
        "feedback_other": "",
    },
    "hotspot": {
        "picture": {"image": 1, "alt_text": "Un atelier", "decorative": False},
        "zones": [
            zone("câble", 0, 0, correct=True),
            zone("flaque", 40, 40, correct=True, shape="ellipse"),
            zone("établi", 75, 75),
        ],
    },
    "open": {
        "marking": "trainer",
        "model_answer": "Je protège, puis j'alerte.",
        "criteria": [item({"label": "Protège", "points": "2"}), item({"label": "Alerte", "points": "1"})],
    },
    "scale": {"levels": [item("pas du tout"), item("un peu"), item("bien")]},
}


def raw(kind: str, question_id: str | None = None, **changes: Any) -> dict:
    """Return the raw block of a sound question; `changes` replace parts of its value."""
    value = {**COMMON, **VALUES[kind], **changes}
    if kind == "scale":
        value.pop("worth")
    return {"type": kind, "id": question_id or str(uuid.uuid4()), "value": value}


def make(kind: str, **changes: Any) -> Question:
    """Return a sound question of a kind."""
    return question_from_raw(raw(kind, "00000000-0000-4000-8000-000000000001", **changes))
