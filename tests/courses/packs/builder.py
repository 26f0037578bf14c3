"""A small pack without faults, and how to spoil it one file at a time."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from courses.packs.faults import PackError
from courses.packs.reading import Known, read_pack

KNOWN = Known(frozenset({"reseau-eti"}), frozenset({"publics"}), frozenset({"A2.1", "A2.2"}))

COURSE = """\
id: premiers-pas
title: Premiers pas
slug: premiers-pas
summary: Ce module dit comment commencer.
federation: reseau-eti
themes: [publics]
level: decouverte
open_access: true
minutes: 60
reviewed_on: 2026-11-25
objectives:
  - Accueillir une personne.
competences: [A2.1]
sources:
  - title: Un document
    publisher: Un organisme
    url: https://www.exemple.fr/document
    published_on: 2024-05-14
    consulted_on: 2026-11-25
"""

LESSON = """\
---
id: accueillir
title: Accueillir
summary: Le premier jour.
minutes: 15
---

## Le matin

Du **texte** et un [lien](https://www.exemple.fr).

:::retenir {titre="L'essentiel"}
Dire bonjour.
:::

:::loi {reference="Code du travail, art. L. 4141-1" date="2013-04-16"}
On informe.
:::

:::etapes {titre="Trois temps"}
### Faire le tour
On marche.

### Présenter
On nomme.
:::

:::accordeon
### Et si elle est absente ?
On appelle.
:::

:::citation {auteur="Une encadrante"}
On apprend tous les jours.
:::

:::tableau {legende="Qui fait quoi"}
| Qui | Quoi |
| --- | --- |
| L'équipe | Le tour |
:::

:::image {src="porte.png" alt="Une porte ouverte."}
:::

:::video {url="https://www.youtube.com/watch?v=abc" titre="Une visite"}
On voit une visite.
:::

:::question
id: bonjour
type: single
text: Que dit-on ?
options:
  - text: Bonjour.
    correct: true
    feedback: Oui.
  - text: Rien.
explanation: On salue.
:::

La suite.
"""

SECOND = """\
---
id: observer
title: Observer
summary: Le deuxième jour.
minutes: 10
required: false
---

On regarde.
"""

QUIZ = """\
id: quiz-final
title: "Quiz : premiers pas"
introduction: Pour finir.
minutes: 10
pass_mark: 70
attempts_allowed: null
questions:
  - id: signes
    type: multiple
    text: Quels signes ?
    worth: 2
    options:
      - text: Un changement
        correct: true
      - text: Un retard
        correct: true
      - text: Un accent
        feedback: Non.
    explanation: Le changement compte.
    lesson: observer
    competences: [A2.2]
  - id: diagnostic
    type: true_false
    text: On pose un diagnostic.
    answer: false
    feedback_true: Non.
    explanation: On décrit des faits.
"""


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    """Return the content of an image file."""
    content = BytesIO()
    Image.new("RGB", size, "navy").save(content, kind)
    return content.getvalue()


def make_pack(folder: Path, **changes: str | bytes | None) -> Path:
    """Write the pack in a folder. A change names a file («course_yaml» is course.yaml); None leaves it out."""
    names = {
        "course_yaml": "course.yaml",
        "lesson": "01-accueillir.md",
        "second": "02-observer.md",
        "quiz_yaml": "quiz.yaml",
        "image": "images/porte.png",
    }
    files = {"course_yaml": COURSE, "lesson": LESSON, "second": SECOND, "quiz_yaml": QUIZ, "image": picture()} | changes
    path = folder / "premiers-pas"
    (path / "images").mkdir(parents=True, exist_ok=True)
    for key, content in files.items():
        file = path / names.get(key, key)
        if content is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults_of(path: Path) -> list[tuple[str, int, str]]:
    """Return the faults of a pack: file within it, line, the whole sentence."""
    try:
        read_pack(path, KNOWN)
    except PackError as error:
        return [(str(Path(fault.file).relative_to(path)), fault.line, str(fault)) for fault in error.faults]
    return []
