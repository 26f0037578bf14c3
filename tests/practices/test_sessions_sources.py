"""A session that starts from a lesson."""

import pytest
from django.urls import reverse

from courses.catalog.models import Competence, Referential
from practices.models import SheetPage
from practices.session_models import SessionPlan
from practices.session_sources import draft_from_page, draft_from_sheet, says_what_to_do, steps_of_sheet
from tests.courses.factories import make_course, make_home, make_lesson
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NEW = reverse("practices:new_session")


WARNING = "Portez des **gants**, toujours.\n\n- Jamais vers soi"


def block(kind, value):
    return {"type": kind, "id": f"00000000-0000-4000-8000-{abs(hash(str(value))) % 10**12:012}", "value": value}


@pytest.fixture
def lesson():
    make_home()
    referential = Referential.objects.create(code="RNCP", title="ETI", consulted_on="2026-01-01")
    activity = Competence.objects.create(referential=referential, code="A3", title="Former")
    competence = Competence.objects.create(referential=referential, code="A3.1", title="Animer", parent=activity)
    objectives = [("objective", "Tenir un registre."), ("objective", "Affûter les outils de taille sans risque.")]
    course = make_course(objectives=objectives)
    course.competences.set([competence])
    course.save()
    return make_lesson(
        course,
        title="Affûter un outil de taille",
        summary="Le geste, la pierre, la sécurité.",
        body=[
            block("steps", {"title": "Le geste", "steps": [
                {"type": "item", "id": "i", "value": {"title": "Mouiller la pierre", "text": "Bien."}},
                {"type": "item", "id": "i", "value": {"title": "Tenir l'angle", "text": "Vingt degrés."}},
            ]}),
            block("callout", {"kind": "attention", "title": "Lames", "text": WARNING}),
            block("callout", {"kind": "retenir", "title": "", "text": "Trois passes suffisent."}),
            block("callout", {"kind": "loi", "title": "", "text": "Article long."}),
        ],
    )  # fmt: skip


def test_the_steps_of_a_lesson_are_the_gestures_and_its_warnings_the_safety_points(lesson):
    draft = draft_from_page(lesson)
    assert draft.title == "Affûter un outil de taille"
    assert draft.objective == "Être capable d'affûter les outils de taille sans risque."
    assert draft.gestures == "– Mouiller la pierre\n– Tenir l'angle\n– Trois passes suffisent."
    assert draft.safety == "– Lames\n– Portez des gants, toujours.\n– Jamais vers soi"
    assert [competence.code for competence in draft.competences] == ["A3.1"]
    assert [step["phase"] for step in draft.steps] == ["Accueil et objectif", "Démonstration", "Entraînement", "Bilan"]
    assert draft.steps[1]["trainer"] == "Montrer : Mouiller la pierre → Tenir l'angle"


def test_a_lesson_without_gestures_still_gives_a_draft(lesson):
    bare = make_lesson(lesson.course, title="Tout autre chose", body=[])
    draft = draft_from_page(bare)
    assert (draft.objective, draft.gestures, draft.safety) == ("Être capable de ", "", "")
    assert draft.steps[1]["trainer"].startswith("Montrer une fois")


def test_the_button_of_a_lesson_leads_to_a_form_that_is_filled_and_makes_a_plan_tied_to_it(client, lesson):
    me = UserFactory()
    client.force_login(me)
    address = f"{NEW}?lecon={lesson.pk}"
    assert address in client.get(lesson.url).text
    page = client.get(address)
    forms = page.context["forms"]
    assert forms.timing.words.endswith("Le compte est bon.")
    assert "Tenir l&#x27;angle" in page.text
    data = {name: field.value() for name in forms.plan.fields if (field := forms.plan[name]).value() is not None}
    data |= {"etapes": len(forms.steps)}
    for step in forms.steps:
        data |= {step.add_prefix(name): step[name].value() for name in step.fields}
    client.post(address, data)
    plan = SessionPlan.objects.get()
    assert (plan.page_id, plan.owner, plan.steps.count()) == (lesson.pk, me, 4)
    assert lesson.url in client.get(plan.get_absolute_url()).text
    lesson.unpublish()
    assert lesson.url not in client.get(plan.get_absolute_url()).text


@pytest.mark.parametrize("value", ["0", "x", "99999999999999999999", "-1"])
def test_a_page_that_is_not_there_gives_a_blank_form_and_says_so(client, value):
    client.force_login(UserFactory())
    page = client.get(NEW, {"lecon": value}).text
    assert "n&#x27;est pas ou plus publiée" in page or "n'est pas ou plus publiée" in page
    assert "Être capable de " in page


# -- From a practice sheet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3, 6, 7, 12])
def test_the_steps_of_a_sheet_stand_between_a_welcome_and_a_closing_and_fill_the_time(count):
    steps = steps_of_sheet([(f"Étape {n}", f"Faire {n}") for n in range(count)])
    assert len(steps) <= 8
    assert sum(step["minutes"] for step in steps) == 45
    assert (steps[0]["phase"], steps[-1]["phase"]) == ("Accueil et objectif", "Bilan")
    said = " ".join(step["trainer"] for step in steps)
    assert all(f"Faire {n}" in said for n in range(count))


@pytest.mark.parametrize(
    ("title", "verb"),
    [
        ("Trier les textiles au quai", True),
        ("Mettre un gilet", True),
        ("Réunir l'équipe", True),
        ("Atelier couture du jeudi", False),
        ("Registre des sorties", False),
        ("Un point de tri", False),
        ("", False),
    ],
)
def test_a_title_that_begins_with_an_infinitive_says_what_to_do(title, verb):
    assert says_what_to_do(title) is verb


def test_a_sheet_gives_its_materials_its_safety_and_its_steps():
    sheet = SheetPage(
        title="Monter un point de tri",
        audience="Équipe de huit",
        materials="Trois bacs\nDes photos",
        safety="Gants",
        steps=[
            ("step", {"title": "Observer", "text": "Une semaine."}),
            ("step", {"title": "Poser les bacs", "text": ""}),
        ],
    )
    draft = draft_from_sheet(sheet)
    assert draft.objective == "Être capable de monter un point de tri."
    assert (draft.audience, draft.materials, draft.safety) == ("Équipe de huit", "Trois bacs\nDes photos", "Gants")
    assert draft.gestures == "– Observer\n– Poser les bacs"
    assert [step["trainer"] for step in draft.steps[1:3]] == ["Une semaine.", "Poser les bacs"]
    assert draft.initial()["materials"] == draft.materials
