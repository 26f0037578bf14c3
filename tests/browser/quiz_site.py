"""Puts into a demo site what its starter content does not hold: a module with each kind of question and each setting.

Run in a process of its own, beside the site: `python -m tests.browser.quiz_site <step> [argument…]`; prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

KINDS = [
    "single",
    "multiple",
    "true_false",
    "matching",
    "ordering",
    "categorize",
    "gap_text",
    "short_answer",
    "numerical",
    "hotspot",
    "scale",
    "open",
]


def _image() -> int:
    from django.core.files.images import ImageFile
    from PIL import Image, ImageDraw
    from wagtail.images import get_image_model

    picture = Image.new("RGB", (600, 400), "#e8e0d0")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 30, 90, 70), fill="#a33")
    draw.ellipse((240, 160, 360, 240), fill="#37a")
    draw.rectangle((450, 300, 560, 380), fill="#752")
    data = BytesIO()
    picture.save(data, "PNG")
    data.seek(0)
    image = get_image_model().objects.create(title="Atelier", file=ImageFile(data, name="atelier.png"))
    return image.pk


def build() -> dict[str, Any]:
    """Make the module and its quizzes in the space of the demo's editors; return their addresses."""
    from courses.catalog.models import FederationPage
    from courses.quizzes.models import BankQuestion, QuestionBank, QuizPage
    from tests.courses.factories import make_course, make_quiz
    from tests.courses.questions.factories import raw

    space = FederationPage.objects.get(slug="reseau-eti")
    course = make_course(space, title="Banc d'essai", slug="banc-d-essai")
    course.save_revision().publish()
    pictures = {"picture": {"image": _image(), "alt_text": "Un atelier vu de face", "decorative": False}}
    questions = []
    for kind in KINDS:
        changes: dict[str, Any] = {"text": f"Question de type {kind}", "hint": "Regardez bien."}
        if kind == "hotspot":
            changes |= pictures
        if kind == "open":
            changes["marking"] = "self"
        questions.append(raw(kind, **changes))
    inner = [raw("single", text="Que faites-vous d'abord ?"), raw("true_false", text="Vous êtes seul à décider.")]
    case = {
        "type": "case",
        "id": "3f0f0000-0000-4000-8000-00000000000a",
        "value": {
            "title": "Un matin au chantier",
            "text": "Karim arrive **en retard**.",
            "image": None,
            "questions": inner,
        },
    }
    bank = QuestionBank.objects.create(federation=space.federation, title="Banque d'essai")
    for number in range(8):
        BankQuestion.objects.create(bank=bank, content=_stream(raw("true_false", text=f"Question de banque {number}")))
    draw = {
        "type": "draw",
        "id": "3f0f0000-0000-4000-8000-00000000000b",
        "value": {"bank": bank.pk, "count": 3, "competence": ""},
    }
    plain = [raw("single", text=f"Question {number}") for number in range(1, 4)]
    quizzes = {
        "kinds": make_quiz(course, title="Tous les types", questions=[*questions, case]),
        "all": make_quiz(course, title="Tout sur une page", questions=[*questions, case], layout="all"),
        "training": make_quiz(course, title="Entraînement", questions=plain, mode="training"),
        "timed": make_quiz(
            course, title="Chronométré", questions=plain, mode="certifying", time_limit=10, attempts_allowed=2
        ),
        "forced": make_quiz(course, title="Dans l'ordre", questions=plain, navigation="forced", feedback="score"),
        "draw": make_quiz(course, title="Tirage", questions=[draw], shuffle_questions=True),
        "trainer": make_quiz(course, title="À lire", questions=[raw("open", text="Racontez.")]),
        "regrade": make_quiz(course, title="À recorriger", questions=[raw("single", text="Qui secourt ?")]),
    }
    for quiz in QuizPage.objects.child_of(course):
        quiz.save_revision().publish()
    return {
        "course": course.url,
        "bank": bank.pk,
        **{name: {"url": quiz.url, "id": quiz.pk} for name, quiz in quizzes.items()},
    }


def _stream(block: dict[str, Any]) -> Any:
    from courses.quizzes.models import BankQuestion

    return BankQuestion.content.field.stream_block.to_python([block])


def hurry(attempt_id: str, seconds: str) -> dict[str, Any]:
    """Leave an attempt so many seconds."""
    from datetime import timedelta

    from django.utils import timezone

    from courses.quizzes.models import Attempt

    Attempt.objects.filter(pk=attempt_id).update(deadline=timezone.now() + timedelta(seconds=int(seconds)))
    return {}


def slides() -> dict[str, Any]:
    """Make a module whose lesson is read as slides; return its address."""
    from courses.catalog.models import FederationPage
    from tests.courses.factories import make_course, make_lesson
    from tests.courses.questions.factories import raw

    space = FederationPage.objects.get(slug="reseau-eti")
    course = make_course(space, title="En diapositives", slug="en-diapositives")
    course.save_revision().publish()
    long = "\n\n".join(["Une ligne de texte, puis une autre."] * 30)
    body = [
        {"type": "markdown", "id": "b1", "value": "Avant de commencer.\n\n## Le quai\n\nOn décharge."},
        raw("single", "00000000-0000-4000-8000-0000000000aa"),
        {"type": "markdown", "id": "b2", "value": f"## Le tri\n\n{long}\n\n## La pesée\n\nOn pèse."},
    ]
    lesson = make_lesson(course, title="Réception", slug="reception", layout="slides", body=body)
    lesson.save_revision().publish()
    return {"course": course.url, "lesson": lesson.url}


def attempts(address: str) -> dict[str, Any]:
    """Return the attempts of a person."""
    from courses.quizzes.models import Attempt

    rows = Attempt.objects.filter(user__email=address).order_by("started_at")
    return {"attempts": [{"id": str(a.pk), "quiz": a.quiz_id, "percent": str(a.percent)} for a in rows]}


STEPS = {"build": build, "hurry": hurry, "attempts": attempts, "slides": slides}

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "site")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eti.settings.local")
    import django

    django.setup()
    sys.stdout.write(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])) + "\n")
