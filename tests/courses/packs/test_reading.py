"""Reading packs: a good one is understood, and each way of being wrong is named at its place."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from courses.packs.content import known_in_content
from courses.packs.faults import PackError
from courses.packs.markup import Table
from courses.packs.reading import find_packs, read_pack, read_packs

from .builder import COURSE, KNOWN, LESSON, QUIZ, SECOND, faults_of, make_pack, picture

MODULES = sorted(path.name for path in (settings.CONTENT_DIR / "modules").iterdir() if path.is_dir())


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_good_pack_is_understood(tmp_path: Path) -> None:
    pack = read_pack(make_pack(tmp_path), KNOWN)
    assert pack.course.title == "Premiers pas"
    assert pack.course.sources[0].published_on == date(2024, 5, 14)
    assert [lesson.front.id for lesson in pack.lessons] == ["accueillir", "observer"]
    assert [lesson.front.required for lesson in pack.lessons] == [True, False]
    names = [block.name for block in pack.lessons[0].body]
    assert names == [
        "markdown",
        "retenir",
        "loi",
        "etapes",
        "accordeon",
        "citation",
        "tableau",
        "image",
        "video",
        "question",
        "markdown",
    ]
    blocks = dict(zip(names, pack.lessons[0].body, strict=True))
    assert blocks["tableau"].content == Table(("Qui", "Quoi"), (("L'équipe", "Le tour"),))
    assert [part.title for part in blocks["etapes"].content] == ["Faire le tour", "Présenter"]
    assert blocks["loi"].attributes.date == date(2013, 4, 16)
    assert list(pack.lessons[0].images) == ["porte.png"]
    assert pack.quizzes[0].front.attempts_allowed is None
    assert pack.quizzes[0].front.questions[0].worth == Decimal(2)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    lesson = "\ufeff" + LESSON.replace("\n", "\r\n")
    assert faults_of(make_pack(tmp_path, lesson=lesson)) == []


def with_course(old: str, new: str) -> dict[str, str]:
    assert old in COURSE
    return {"course_yaml": COURSE.replace(old, new)}


def with_lesson(old: str, new: str) -> dict[str, str]:
    assert old in LESSON
    return {"lesson": LESSON.replace(old, new)}


def with_quiz(old: str, new: str) -> dict[str, str]:
    assert old in QUIZ
    return {"quiz_yaml": QUIZ.replace(old, new)}


# what is changed, file, words that stand on the faulty line (or its number), words of the fault
FAULTS = {
    # the card
    "no card": ({"course_yaml": None}, "course.yaml", 1, "la fiche du module manque"),
    "missing key": (with_course("level: decouverte\n", ""), "course.yaml", 1, "« level » manque"),
    "unknown key": (with_course("level:", "nivo: x\nlevel:"), "course.yaml", "nivo:", "« nivo » n'existe pas ici"),
    "key twice": (
        with_course("level:", "slug: autre\nlevel:"),
        "course.yaml",
        "slug: autre",
        "« slug » est écrite deux fois",
    ),
    "unknown level": (
        with_course("decouverte", "facile"),
        "course.yaml",
        "level:",
        "choisissez parmi : decouverte, approf",
    ),
    "bad id": (
        with_course("id: premiers-pas", "id: Premiers pas"),
        "course.yaml",
        1,
        "« id » n'est pas un identifiant",
    ),
    "reserved id": (with_course("id: premiers-pas", "id: page"), "course.yaml", 1, "« page » est réservé"),
    "long summary": (
        with_course("Ce module", "C" * 301),
        "course.yaml",
        "summary:",
        "« summary » dépasse 300 caractères",
    ),
    "empty title": (with_course("title: Premiers pas", 'title: ""'), "course.yaml", "title:", "« title » est vide"),
    "number as title": (with_course("title: Premiers pas", "title: 2026"), "course.yaml", "title:", "entre guillemets"),
    "no minutes": (with_course("minutes: 60", "minutes: 0"), "course.yaml", "minutes:", "plus petit que 1"),
    "many minutes": (with_course("minutes: 60", "minutes: 6001"), "course.yaml", "minutes:", "plus grand que 6000"),
    "minutes in words": (with_course("minutes: 60", "minutes: une"), "course.yaml", "minutes:", "pas un nombre entier"),
    "impossible date": (
        with_course("reviewed_on: 2026-11-25", "reviewed_on: 2026-02-30"),
        "course.yaml",
        "reviewed_on:",
        "n'est pas une date",
    ),
    "bad boolean": (
        with_course("open_access: true", "open_access: oui"),
        "course.yaml",
        "open_access:",
        "ni true ni false",
    ),
    "no objective": (
        with_course("objectives:\n  - Acc", "objectives: []\nx-objectives:\n  - Acc"),
        "course.yaml",
        "objectives:",
        "trop peu d'éléments",
    ),
    "themes not a list": (with_course("[publics]", "publics"), "course.yaml", "themes:", "n'est pas une liste"),
    "theme twice": (with_course("[publics]", "[publics, publics]"), "course.yaml", "themes:", "figure deux fois"),
    "unknown theme": (
        with_course("[publics]", "[cuisine]"),
        "course.yaml",
        "themes:",
        "le thème « cuisine » n'existe pas",
    ),
    "unknown competence": (
        with_course("[A2.1]", "[Z9.9]"),
        "course.yaml",
        "competences:",
        "la compétence « Z9.9 » n'existe",
    ),
    "unknown federation": (
        with_course("reseau-eti", "x"),
        "course.yaml",
        "federation:",
        "la fédération « x » n'existe pas",
    ),
    "bad url": (
        with_course("https://www.exemple.fr/document", "exemple"),
        "course.yaml",
        "url:",
        "pas une adresse web",
    ),
    "source without date": (
        with_course("    consulted_on: 2026-11-25\n", ""),
        "course.yaml",
        "- title: Un document",
        "« consulted_on » manque",
    ),
    "card is a list": ({"course_yaml": "- a\n- b\n"}, "course.yaml", 1, "« clé: valeur »"),
    "empty card": ({"course_yaml": ""}, "course.yaml", 1, "« clé: valeur »"),
    "yaml: colon": (with_course("Ce module dit", "Ce module : dit"), "course.yaml", "summary:", "un « : » de trop"),
    "yaml: open quotes": (
        with_course("title: Premiers pas", 'title: "Premiers'),
        "course.yaml",
        20,
        "ne sont jamais fermés",
    ),
    "yaml: tab": (
        with_course("  - Accueillir", "\t- Accueillir"),
        "course.yaml",
        "\t- Acc",
        "remplacez les tabulations",
    ),
    "yaml: alias": (with_course("level:", "nivo: *autre\nlevel:"), "course.yaml", "nivo:", "les alias"),
    "yaml: anchor": (with_course("[publics]", "&tout [publics]"), "course.yaml", "themes:", "les ancres"),
    "yaml: tag": (
        with_course("minutes: 60", "minutes: !!python/name:os.system x"),
        "course.yaml",
        "minutes:",
        "étiquettes",
    ),
    "yaml: star": (with_course("Ce module dit", "**Ce** module dit"), "course.yaml", "summary:", "commence par * ou &"),
    "yaml: deep": (with_course("[publics]", "[" * 30 + "]" * 30), "course.yaml", "themes:", "trop de niveaux"),
    "yaml: two documents": (with_course("level:", "---\nlevel:"), "course.yaml", "---", "un second document"),
    "yaml: complex key": (with_course("level:", "? [a]\n: b\nlevel:"), "course.yaml", "? [a]", "un mot simple"),
    "not utf-8": (
        {"course_yaml": COURSE.replace("Premiers pas", "Dépôt").encode("latin-1")},
        "course.yaml",
        2,
        "pas en UTF-8",
    ),
    "utf-16": ({"course_yaml": COURSE.encode("utf-16")}, "course.yaml", 1, "pas en UTF-8"),
    "control character": (with_course("Premiers pas\nslug", "Premiers\x00pas\nslug"), "course.yaml", 2, "invisible"),
    "too big": ({"course_yaml": COURSE + "# x\n" * 300_000}, "course.yaml", 1, "dépasse 1 Mo"),
    # the header of a lesson
    "no header": ({"lesson": "Du texte."}, "01-accueillir.md", 1, "l'en-tête manque"),
    "open header": ({"lesson": "---\nid: accueillir\n"}, "01-accueillir.md", 1, "l'en-tête n'est pas fermé"),
    "no summary": (with_lesson("summary: Le premier jour.\n", ""), "01-accueillir.md", 2, "« summary » manque"),
    "lesson minutes": (with_lesson("minutes: 15", "minutes: 601"), "01-accueillir.md", 5, "plus grand que 600"),
    "no body": ({"second": SECOND.split("On regarde")[0]}, "02-observer.md", 7, "rien ne suit l'en-tête"),
    "lesson id twice": (
        {"second": SECOND.replace("observer", "accueillir")},
        "02-observer.md",
        2,
        "« accueillir » est déjà",
    ),
    "quiz takes a lesson's id": (
        with_quiz("id: quiz-final", "id: accueillir"),
        "quiz.yaml",
        1,
        "« accueillir » est déjà",
    ),
    # its Markdown
    "h1": (with_lesson("## Le matin", "# Le matin"), "01-accueillir.md", "# Le matin", "premier niveau"),
    "underlined h1": (with_lesson("## Le matin", "Le matin\n==="), "01-accueillir.md", "===", "souligné"),
    "h4": (with_lesson("## Le matin", "#### Le matin"), "01-accueillir.md", "#### Le", "trop profond"),
    "html": (with_lesson("Du **texte**", "Du <b>texte</b>"), "01-accueillir.md", "Du <b>", "du HTML dans le texte"),
    "html on two lines": (with_lesson("Du **texte**", "<div\nclass=x>Du"), "01-accueillir.md", "<div", "du HTML"),
    "html comment": (with_lesson("Du **texte**", "<!-- x -->"), "01-accueillir.md", "<!--", "du HTML"),
    "html in a callout": (with_lesson("Dire bonjour.", "Dire <br>."), "01-accueillir.md", "Dire <br>", "du HTML"),
    "image in Markdown": (with_lesson("Du **texte**", "![porte](/p.png)"), "01-accueillir.md", "![porte]", ":::image"),
    "script link": (
        with_lesson("(https://www.exemple.fr)", "(javascript:x)"),
        "01-accueillir.md",
        "Du **",
        "nulle part",
    ),
    "file link": (
        with_lesson("(https://www.exemple.fr)", "(02-observer.md)"),
        "01-accueillir.md",
        "Du **",
        "nulle part",
    ),
    # its directives
    "unknown directive": (
        with_lesson(":::retenir", ":::astuce"),
        "01-accueillir.md",
        ":::astuce",
        "« astuce » n'existe pas ici",
    ),
    "bad opening": (
        with_lesson(":::accordeon", ":::accordeon bis"),
        "01-accueillir.md",
        ":::accordeon",
        "n'ouvre pas un bloc",
    ),
    "unknown attribute": (
        with_lesson('titre="L', 'title="L'),
        "01-accueillir.md",
        ":::retenir",
        "« title » n'existe pas ici",
    ),
    "missing attribute": (with_lesson(' date="2013-04-16"', ""), "01-accueillir.md", ":::loi", "« date » manque"),
    "bad date": (
        with_lesson("2013-04-16", "16/04/2013"),
        "01-accueillir.md",
        ":::loi",
        "« 16/04/2013 » n'est pas une date",
    ),
    "curly quotes": (
        with_lesson('"Trois temps"', "“Trois temps”"),
        "01-accueillir.md",
        ":::etapes",
        "guillemets droits",
    ),
    "attribute twice": (
        with_lesson('titre="Trois', 'titre="x" titre="Trois'),
        "01-accueillir.md",
        ":::etapes",
        "deux fois",
    ),
    "attributes of accordion": (
        with_lesson(":::accordeon", ':::accordeon {titre="x"}'),
        "01-accueillir.md",
        ":::acc",
        "titre",
    ),
    "unclosed": ({"second": SECOND + "\n:::retenir\nx\n"}, "02-observer.md", ":::retenir", "n'est jamais fermé"),
    "nested": (
        with_lesson("On marche.", "On.\n:::retenir\nx\n:::"),
        "01-accueillir.md",
        ":::retenir\nx",
        "n'est pas fermé avant",
    ),
    "stray end": (with_lesson("La suite.", "La suite.\n\n:::"), "01-accueillir.md", "La suite.", "ne ferme rien"),
    "empty callout": (with_lesson("Dire bonjour.", ""), "01-accueillir.md", ":::retenir", "« retenir » est vide"),
    "text before steps": (
        with_lesson("### Faire", "Avant\n### Faire"),
        "01-accueillir.md",
        "Avant",
        "avant le premier titre",
    ),
    "steps without title": (
        with_lesson("### Et si elle est absente ?\n", ""),
        "01-accueillir.md",
        "On appelle.",
        "avant le premier titre",
    ),
    "step without text": (with_lesson("On nomme.\n", ""), "01-accueillir.md", "### Présenter", "rien ne suit le titre"),
    "empty step title": (with_lesson("### Présenter", "###"), "01-accueillir.md", "###\nOn nomme", "un titre est vide"),
    "long step title": (with_lesson("### Présenter", "### " + "P" * 151), "01-accueillir.md", "### PP", "dépasse 150"),
    "table without rule": (with_lesson("| --- | --- |\n", ""), "01-accueillir.md", ":::tableau", "la forme attendue"),
    "uneven table": (
        with_lesson("| L'équipe | Le", "| L'équipe | x | Le"),
        "01-accueillir.md",
        "| L'équipe",
        "3 cases",
    ),
    "no caption": (
        with_lesson(' {legende="Qui fait quoi"}', ""),
        "01-accueillir.md",
        ":::tableau",
        "« legende » manque",
    ),
    "video over http": (
        with_lesson('url="https://www.y', 'url="http://www.y'),
        "01-accueillir.md",
        ":::video",
        "https://",
    ),
    "video without text": (with_lesson("On voit une visite.\n", ""), "01-accueillir.md", ":::video", "est vide"),
    "text in image": (
        with_lesson('ouverte."}', 'ouverte."}\nx'),
        "01-accueillir.md",
        ":::image",
        "ne contient pas de texte",
    ),
    # its images
    "no alt": (
        with_lesson(' alt="Une porte ouverte."', ""),
        "01-accueillir.md",
        ":::image",
        "pas de texte de remplacement",
    ),
    "alt and decorative": (
        with_lesson(' alt="', ' decorative=oui alt="'),
        "01-accueillir.md",
        ":::image",
        "gardez l'un",
    ),
    "decorative=true": (
        with_lesson(' alt="Une porte ouverte."', " decorative=true"),
        "01-accueillir.md",
        ":::image",
        "vaut oui ou non",
    ),
    "no image": (
        with_lesson("porte.png", "fenetre.png"),
        "01-accueillir.md",
        ":::image",
        "« fenetre.png » n'existe pas",
    ),
    "image in capitals": (
        with_lesson("porte.png", "Porte.png"),
        "01-accueillir.md",
        ":::image",
        "« Porte.png » n'existe",
    ),
    "image outside": (with_lesson("porte.png", "../../x.png"), "01-accueillir.md", ":::image", "pas un nom d'image"),
    "image of no kind": (with_lesson("porte.png", "porte.svg"), "01-accueillir.md", ":::image", "pas un nom d'image"),
    "not an image": ({"image": b"<svg></svg>"}, "01-accueillir.md", ":::image", "n'est pas une image"),
    "cut image": ({"image": picture()[:50]}, "01-accueillir.md", ":::image", "n'est pas une image"),
    "false name": ({"image": picture("JPEG")}, "01-accueillir.md", ":::image", "en fait une image JPEG"),
    "heavy image": ({"image": picture() + b"\0" * 1_100_000}, "01-accueillir.md", ":::image", "dépasse 1 Mo"),
    "huge image": ({"image": picture(size=(6000, 2))}, "01-accueillir.md", ":::image", "dépasse 5000 pixels"),
    # its questions and those of the quiz
    "unknown type": (
        with_lesson("type: single", "type: choix"),
        "01-accueillir.md",
        "type: choix",
        "ce type de question",
    ),
    "no type": (with_lesson("type: single\n", ""), "01-accueillir.md", "id: bonjour", "pas de « type »"),
    "question is a text": (
        with_lesson(
            "id: bonjour\ntype: single\ntext: Que dit-on ?\noptions:\n  - text: Bonjour.\n    correct: true\n"
            "    feedback: Oui.\n  - text: Rien.\nexplanation: On salue.",
            "bonjour",
        ),
        "01-accueillir.md",
        "bonjour\n:::",
        "« clé: valeur »",
    ),
    "no right answer": (
        with_lesson("    correct: true\n", ""),
        "01-accueillir.md",
        "options:",
        "aucune ne l'est",
    ),
    "several right in single": (
        with_lesson("  - text: Rien.", "  - text: Rien.\n    correct: true"),
        "01-accueillir.md",
        "options:",
        "une seule bonne réponse ici",
    ),
    "all right in multiple": (
        with_quiz("        feedback: Non.", "        correct: true"),
        "quiz.yaml",
        "    options:",
        "ajoutez au moins une mauvaise réponse",
    ),
    "options alike": (
        with_lesson("text: Rien.", "text: « bonjour. »".replace("« ", "").replace(" »", "")),
        "01-accueillir.md",
        "options:",
        "deux réponses ont le même texte",
    ),
    "one option": (with_lesson("  - text: Rien.\n", ""), "01-accueillir.md", "options:", "trop peu d'éléments"),
    "no explanation": (
        with_quiz("    explanation: On décrit des faits.\n", ""),
        "quiz.yaml",
        "  - id: diagnostic",
        "explanation",
    ),
    "html in a question": (with_quiz("Quels signes", "Quels <i>signes</i>"), "quiz.yaml", "    text: Quels", "du HTML"),
    "answer in words": (with_quiz("answer: false", "answer: faux"), "quiz.yaml", "answer:", "ni true ni false"),
    "worth nothing": (with_quiz("worth: 2", "worth: 0"), "quiz.yaml", "worth:", "plus petit que 0.25"),
    "worth in words": (with_quiz("worth: 2", "worth: deux"), "quiz.yaml", "worth:", "pas un nombre"),
    "worth too fine": (with_quiz("worth: 2", "worth: 1.125"), "quiz.yaml", "worth:", "trop de décimales"),
    "question id twice": (with_quiz("id: diagnostic", "id: signes"), "quiz.yaml", 22, "« signes » est déjà"),
    "lesson question id twice": (
        with_lesson(
            "La suite.", ":::question\nid: bonjour\ntype: true_false\ntext: A\nanswer: true\nexplanation: B\n:::"
        ),
        "01-accueillir.md",
        "id: bonjour\ntype: true",
        "« bonjour » est déjà",
    ),
    "unknown lesson": (
        with_quiz("lesson: observer", "lesson: partir"),
        "quiz.yaml",
        "lesson:",
        "« partir » n'existe pas",
    ),
    "unknown competence in quiz": (with_quiz("[A2.2]", "[A9]"), "quiz.yaml", "competences:", "« A9 » n'existe pas"),
    "pass mark": (with_quiz("pass_mark: 70", "pass_mark: 101"), "quiz.yaml", "pass_mark:", "plus grand que 100"),
    "no attempt": (
        with_quiz("attempts_allowed: null", "attempts_allowed: 0"),
        "quiz.yaml",
        "attempts_allowed:",
        "petit que 1",
    ),
    "no question": (
        with_quiz(QUIZ[QUIZ.index("questions:") :], "questions: []\n"),
        "quiz.yaml",
        "questions:",
        "ajoutez au moins une question",
    ),
    # names of files
    "no lesson": ({"lesson": None, "second": None, "quiz_yaml": None}, ".", 1, "aucune leçon"),
    "number twice": ({"02-autre.md": SECOND.replace("observer", "autre")}, "02-observer.md", 1, "portent le numéro 02"),
    "gap": ({"second": None, "03-observer.md": SECOND}, "03-observer.md", 1, "l'activité 02 manque avant celle-ci"),
    "bad lesson name": ({"3-Partir.md": SECOND}, "3-Partir.md", 1, "n'est pas celui d'un fichier de pack"),
    "misspelt card": ({"cours.yml": "x: 1"}, "cours.yml", 1, "n'est pas celui d'un fichier de pack"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named_at_its_place(tmp_path: Path, case: str) -> None:
    changes, file, where, words = FAULTS[case]
    path = make_pack(tmp_path, **changes)
    found = faults_of(path)
    line = where if isinstance(where, int) else line_of((path / file).read_bytes().decode(), where)
    if case == "stray end":
        line += 2
    assert [each for each in found if each[:2] == (file, line) and words in each[2]], found
    assert len(found) == (2 if case in {"no objective", "lesson id twice", "number twice"} else 1), found
    assert "À faire : " in found[0][2]


@pytest.mark.parametrize("target", ["course.yaml", "01-accueillir.md", "quiz.yaml", "images/porte.png", "images"])
def test_a_symbolic_link_is_refused(tmp_path: Path, target: str) -> None:
    path = make_pack(tmp_path)
    real = tmp_path / "ailleurs"
    (path / target).rename(real)
    (path / target).symlink_to(real)
    assert any("lien symbolique" in told for _file, _line, told in faults_of(path))


def test_a_pack_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    path = make_pack(tmp_path)
    (tmp_path / "lien").symlink_to(path)
    for wrong in (tmp_path / "lien", path / "course.yaml", tmp_path / "rien"):
        with pytest.raises(PackError, match="pas un dossier"):
            read_pack(wrong)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    path = make_pack(tmp_path)
    (path / "quiz.yaml").chmod(0)
    assert "ne s'ouvre pas" in faults_of(path)[0][2]


def test_all_faults_come_at_once_by_file_and_line(tmp_path: Path) -> None:
    path = make_pack(
        tmp_path,
        course_yaml=COURSE.replace("decouverte", "facile")
        .replace("[publics]", "[cuisine]")
        .replace("minutes: 60", "minutes: x"),
        lesson=LESSON.replace("## Le matin", "# Le matin")
        .replace("type: single", "type: x")
        .replace("minutes: 15\n", ""),
        quiz_yaml=QUIZ.replace("worth: 2", "worth: 0").replace("lesson: observer", "lesson: rien"),
    )
    found = faults_of(path)
    assert [each[:2] for each in found] == sorted(each[:2] for each in found)
    assert [each[0] for each in found] == ["01-accueillir.md"] * 3 + ["course.yaml"] * 3 + ["quiz.yaml"] * 2


def test_a_fault_reads_as_a_sentence(tmp_path: Path) -> None:
    path = make_pack(tmp_path, **with_course("minutes: 60", "minutes: 0"))
    with pytest.raises(PackError) as caught:
        read_pack(path)
    assert str(caught.value) == (
        f"{path}/course.yaml:9 : « minutes » est plus petit que 1. À faire : écrivez un nombre d'au moins 1."
    )


def test_packs_of_a_folder_are_found_and_told_apart(tmp_path: Path) -> None:
    first = make_pack(tmp_path / "un")
    assert find_packs(first) == [first]
    assert find_packs(tmp_path / "un") == [first]
    assert find_packs(tmp_path / "rien") == [tmp_path / "rien"]
    second = make_pack(tmp_path / "deux")
    assert len(read_packs([first], KNOWN)) == 1
    with pytest.raises(PackError, match="a le même identifiant « premiers-pas »"):
        read_packs([first, second], KNOWN)


def test_faults_of_several_packs_come_together(tmp_path: Path) -> None:
    broken = [make_pack(tmp_path / name, course_yaml=None) for name in ("un", "deux")]
    with pytest.raises(PackError) as caught:
        read_packs(broken)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("module", MODULES)
def test_the_modules_that_come_with_the_code_have_no_fault(module: str) -> None:
    read_pack(settings.CONTENT_DIR / "modules" / module, known_in_content(settings.CONTENT_DIR))


def test_the_modules_that_come_with_the_code_have_ids_of_their_own() -> None:
    read_packs(find_packs(settings.CONTENT_DIR / "modules"))
