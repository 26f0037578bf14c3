import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices import sheet_pdf
from practices.printing import CAPACITIES, Part, cost, fit_parts, plain, shorten

from .factories import make_sheet

ADDRESS = "https://reseau.example/fiches/12/"
LONG = {
    "context": "Nous travaillons dehors, par tous les temps. " * 26,
    "audience": "Toute l'équipe, débutants compris. " * 11,
    "problem": "Les outils se perdent et chacun les cherche. " * 17,
    "materials": "Un tableau, de la peinture, des crochets. " * 18,
    "safety": "Gants pour la découpe, aération pour la peinture. " * 15,
    "before": "Vingt minutes perdues chaque matin. " * 16,
    "after": "Cinq minutes suffisent pour sortir et ranger. " * 12,
    "reproducible": "Tout atelier qui a un mur libre. " * 15,
    "sources": "INRS, brochure sur l'organisation des postes. " * 30,
    "steps": [
        {"title": f"Étape {number} : vider et trier", "text": "On garde ce qui sert chaque semaine. " * 16}
        for number in range(12)
    ],
}


def long_sheet():
    return make_sheet(
        **{
            name: value[:limit] if isinstance(value, str) else value
            for name, value in LONG.items()
            for limit in [
                {
                    "context": 1200,
                    "audience": 400,
                    "problem": 800,
                    "materials": 800,
                    "safety": 800,
                    "before": 600,
                    "after": 600,
                    "reproducible": 500,
                    "sources": 1500,
                }.get(name, 0)
            ]
        }
    )


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_a_text_is_cut_between_words():
    assert shorten("Vider, trier, ranger.", 100) == "Vider, trier, ranger."
    assert shorten("Vider, trier, ranger.", 18) == "Vider, trier …"


def test_a_text_of_markdown_is_printed_without_its_marks():
    assert (
        plain("**Attention** :\n\n- voir [le guide](https://exemple.fr)\n- agir")
        == "Attention :\n– voir le guide\n– agir"
    )


@given(st.lists(st.text("abc \n", max_size=700), max_size=12), st.text("abc ", max_size=1200))
def test_what_is_printed_always_holds_on_the_page(steps, context):
    before = [Part("Contexte", context)]
    fitted = fit_parts(before, [Part("Étape", text, number) for number, text in enumerate(steps, 1)], [])
    shown = [*fitted.before, *fitted.steps]
    assert sum(map(cost, shown)) <= CAPACITIES[fitted.density] or fitted.cut
    assert len(fitted.steps) == len(steps)


def test_safety_is_never_cut():
    safety = Part("Sécurité", "Gants et lunettes. " * 40, alert=True)
    fitted = fit_parts([Part("Contexte", "mot " * 3000)], [], [safety])
    assert fitted.cut
    assert fitted.after == [safety]


@pytest.mark.django_db
def test_a_short_sheet_is_a_pdf_of_one_page_with_its_title_and_language():
    pdf = sheet_pdf.one_page(make_sheet(), ADDRESS)
    assert pages_of(pdf) == 1
    assert b"/Lang (fr-FR)" in pdf


@pytest.mark.django_db
def test_the_longest_sheet_is_a_pdf_of_one_page_too():
    assert pages_of(sheet_pdf.one_page(long_sheet(), ADDRESS)) == 1


@pytest.mark.django_db
def test_the_printed_page_leads_back_to_the_sheet(client):
    sheet = make_sheet()
    page = client.get(f"/fiches/{sheet.pk}/imprimer/").content.decode()
    assert "<svg" in page
    assert f"/fiches/{sheet.pk}/" in page
    assert "style=" not in page
    assert client.get(f"/fiches/{sheet.pk}/").url.endswith(sheet.url)
    assert client.get(f"/fiches/{sheet.pk}/pdf/")["Content-Type"] == "application/pdf"
