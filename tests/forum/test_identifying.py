"""What seems to identify someone: tables of what is found and of what is left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.identifying import MOST, Kind, find_passages, is_iban, nir_key


def found(text):
    return [(passage.kind, passage.text) for passage in find_passages(text)]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("Hier M. Dupont est parti", "M. Dupont"),
        ("Hier Mme Benali, de l'atelier", "Mme Benali"),
        ("Monsieur Le Goff a dit non", "Monsieur Le Goff"),
        ("Madame de Oliveira Santos arrive", "Madame de Oliveira Santos"),
        ("Bonjour Mme Benali Merci", "Mme Benali"),
        ("avec M. d'Ormesson", "M. d'Ormesson"),
        ("Mlle K. ne vient plus", "Mlle K."),
        ("MME DUPONT", "MME DUPONT"),
        ("mme benali arrive en retard", "mme benali"),
        ("Ma salariée Fatima B. est en retard", "Fatima B."),
        ("un salarié en parcours, nommé Karim Benali", "Karim Benali"),
        ("une salarié(e) Léa", "Léa"),
        ("Il s'appelle Karim.", "Karim"),
        ("la personne prénommée Jeanne-Marie", "Jeanne-Marie"),
    ],
)
def test_names_are_found(text, passage):
    assert found(text) == [(Kind.NAME, passage)]


@pytest.mark.parametrize(
    "text",
    [
        "M. le maire nous soutient",
        "Monsieur le Préfet, Madame la Directrice",
        "Monsieur Le Maire",
        "Bonjour Madame, Monsieur, merci",
        "Mme X et M. Y",
        "M. Untel",
        "Un salarié CDDI, des salariés Polonais",
        "Nous avons gagné 5 M Euros",
        "Le plan B. est prêt",
        "monsieur qui passait",
        "mme qui passait",
        "Karim Benali a répondu",
        "un monsieur Muscle",
        "",
    ],
)
def test_what_names_nobody_is_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "0612 345 678",
        "01 23 45 67 89",
        "+33 6 12 34 56 78",
        "+33612345678",
        "+33 (0)6 12 34 56 78",
        "0033 6 12 34 56 78",
        "+262 692 12 34 56",
        "+212 6 12 34 56 78",
    ],
)
def test_telephones_are_found_in_all_their_spellings(number):
    assert found(f"Appelez le {number} demain") == [(Kind.PHONE, number)]


@pytest.mark.parametrize(
    "text", ["le 01/02/2024 10h30", "0 800 123 456", "en 2024, 12 000 euros", "3114", "06 12 34", "0612345678901234"]
)
def test_other_numbers_are_no_telephones(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("écrire à karim.benali@exemple.fr.", [(Kind.EMAIL, "karim.benali@exemple.fr")]),
        ("écrire à contact@exemple.fr", []),
        ("@Karim Benali, qu'en dis-tu ?", []),
    ],
)
def test_addresses_of_people_are_found_not_those_of_offices(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize("number", ["1850313055123", "2550699123456", "185032A055123", "185032B055123"])
def test_a_nir_is_known_by_its_key_in_corsica_too(number):
    key = f"{nir_key(number):02d}"
    assert found(f"NIR {number}{key}") == [(Kind.NIR, f"{number}{key}")]
    spaced = f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:]} {key}"
    assert found(spaced) == [(Kind.NIR, spaced)]
    wrong = f"{(int(key) % 97) + 1:02d}"
    assert (Kind.NIR, f"{number}{wrong}") not in found(f"NIR {number}{wrong}")


def test_the_key_of_a_nir_is_the_one_of_insee():
    # The example of INSEE: 2 55 08 14 168 025, key 38; and one of Corsica, counted by hand.
    assert nir_key("2550814168025") == 38
    assert nir_key("185032A055123") == 97 - 1850319055123 % 97


@pytest.mark.parametrize(
    "iban", ["FR7630006000011234567890189", "FR76 3000 6000 0112 3456 7890 189", "BE68539007547034"]
)
def test_an_iban_is_known_by_its_check_digits(iban):
    assert found(f"Compte {iban} merci") == [(Kind.IBAN, iban)]
    assert found(f"Compte {iban[:-1]}{(int(iban[-1]) + 1) % 10} merci") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("né le 12/03/1985", "né le 12/03/1985"),
        ("née le 1er mars 1985", "née le 1er mars 1985"),
        ("DDN : 12-03-85", "DDN : 12-03-85"),
        ("né le mardi 3 mars 1985", "né le mardi 3 mars 1985"),
        ("date de naissance : 1985-03-12", "naissance : 1985-03-12"),
        ("né en 1985", None),
        ("le chantier du 12/03/2024", None),
    ],
)
def test_exact_dates_of_birth_are_found(text, expected):
    assert found(text) == ([(Kind.BIRTH, expected)] if expected else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("il habite 12 rue des Lilas", "12 rue des Lilas"),
        ("au 3 bis, avenue Jean Jaurès, 13001 Marseille.", "3 bis, avenue Jean Jaurès, 13001 Marseille"),
        ("2 place de la République", "2 place de la République"),
        ("12 rue du moulin", "12 rue du moulin"),
        ("1 place par personne", None),
        ("3 cours de soudure", None),
        ("dans la rue", None),
    ],
)
def test_postal_addresses_are_found(text, expected):
    assert found(text) == ([(Kind.ADDRESS, expected)] if expected else [])


def test_passages_come_in_the_order_of_the_text_with_what_is_around_them():
    text = "Hier encore, notre collègue Mme Benali (06 12 34 56 78) est venue avec son fils et un ami."
    name, phone = find_passages(text)
    assert (name.kind, phone.kind) == (Kind.NAME, Kind.PHONE)
    assert text[name.start : name.end] == name.text == "Mme Benali"
    assert name.before.endswith("collègue ")
    assert phone.after.startswith(") est venue")


def test_a_text_full_of_names_shows_the_first_ones():
    assert len(find_passages("M. Dupont. " * 500)) == MOST


_PIECES = st.sampled_from(
    [
        "M. ",
        "Dupont",
        "06 12 34 56 78",
        "é",
        "\n",
        "né le ",
        "12/03/1985",
        "FR76",
        "a@b.fr",
        "12 rue ",
        " ",
        "1",
        "salarié ",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=40).map("".join))
def test_passages_never_overlap_and_are_parts_of_the_text(text):
    passages = find_passages(text)
    assert all(text[p.start : p.end] == p.text and p.text for p in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))


@given(st.integers(10**12, 2 * 10**12), st.integers(0, 99))
def test_only_the_right_key_makes_a_nir(number, key):
    text = f"{number}{key:02d}"
    assert (found(text) == [(Kind.NIR, text)]) == (nir_key(str(number)) == key)


@given(st.text(alphabet="FR0123456789", max_size=30))
def test_an_iban_has_its_length_and_its_remainder(text):
    is_one = is_iban(text)
    expected = len(text) == 27 and text[:2] == "FR" and text[2:4].isdigit()
    assert not is_one or (expected and int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1)


@pytest.mark.parametrize(
    "piece", ["a", "M. ", "0 ", "1", "A. ", "salarié ", "FR76", "12 rue ", "a.a.a.", "né le ", "+1", "@a", "1 "]
)
def test_no_text_takes_long(piece):
    import time

    start = time.perf_counter()
    find_passages((piece * 10_000)[:10_000])
    assert time.perf_counter() - start < 1
