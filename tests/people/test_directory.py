import json

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from people import directory_services as services
from people.directory import Search, find_card
from people.directory_forms import EntryForm
from people.directory_models import DirectoryEntry
from people.keyset import keyset_page
from people.models import Trade, User
from people.services import clear_profile, delete_account
from tests.factories import DepartmentFactory, ProfileFactory, StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

HOME, ENTRY = reverse("directory:home"), reverse("people:directory_entry")
EVERYTHING = dict.fromkeys(services.SWITCHES, True)
NOTHING = dict.fromkeys(services.SWITCHES, False)
DRESSMAKING = "Atelier du Panier"


@pytest.fixture
def wood():
    return Trade.objects.get_or_create(slug="bois", defaults={"name": "Menuiserie et bois"})[0]


def list_(user=None, *, listed=True, place="", text="", trades=(), skills=(), contact=False, **switches):
    """Write a person's entry; only the switches that are named are on."""
    user = user or ProfileFactory().user
    return services.save_entry(
        user,
        listed=listed,
        show_place=place,
        presentation=text,
        trades=trades,
        skills=skills,
        accepts_contact=contact,
        **NOTHING | switches,
    )


@pytest.fixture
def lou(wood):
    """Someone with something in every field, who shows none of it yet."""
    structure = StructureFactory(name=DRESSMAKING)
    user = UserFactory(first_name="Lou", last_name="Petit", email="lou.petit@exemple.fr")
    ProfileFactory(user=user, structure=structure, department=structure.department)
    return user


def fill(lou, wood, **more):
    return list_(lou, text="Je répare des volets.", trades=[wood], skills=["Taille douce"], **more)


@pytest.fixture
def member(client):
    user = UserFactory(first_name="Camille", last_name="Lecteur")
    client.force_login(user)
    return user


# -- Who sees what -------------------------------------------------------------------------------------------------

SECRETS = {
    "show_name": "Petit",
    "show_job": "Encadrant",
    "show_structure": DRESSMAKING,
    "show_presentation": "volets",
    "show_trades": "Menuiserie",
    "show_skills": "Taille douce",
}


@pytest.mark.parametrize("url", [HOME, ENTRY, reverse("directory:map"), reverse("directory:networks")])
def test_the_directory_is_for_members_only_and_not_for_search_engines(client, url):
    assert client.get(url).url == f"{reverse('account_login')}?next={url}"
    client.force_login(UserFactory())
    assert '<meta name="robots" content="noindex">' in client.get(url).text


def test_nobody_is_listed_by_default(client, member, lou):
    assert "L'annuaire est encore vide" in client.get(HOME).text
    assert client.get(reverse("directory:member", args=[lou.pk])).status_code == 404


def test_an_entry_that_is_not_listed_shows_nothing_whatever_its_switches(client, member, lou, wood):
    fill(lou, wood, listed=False, place="departement", contact=True, **EVERYTHING)
    assert find_card(lou.pk) is None
    assert not Search(words="volets").page().cards
    assert client.get(reverse("directory:member", args=[lou.pk])).status_code == 404
    assert client.get(reverse("directory:write", args=[lou.pk])).status_code == 404


@pytest.mark.parametrize("switch", SECRETS)
def test_each_field_is_shown_by_its_own_switch_and_by_no_other(client, member, lou, wood, switch):
    fill(lou, wood, **{switch: True})
    page = client.get(HOME).text.partition('id="resultats"')[2]
    card = client.get(reverse("directory:member", args=[lou.pk])).text
    for name, secret in SECRETS.items():
        assert (secret in page) == (secret in card) == (name == switch)
    assert "exemple.fr" not in page + card


@pytest.mark.parametrize(("place", "shown"), [("", ""), ("region", "Provence"), ("departement", "Bouches-du-Rhône")])
def test_the_territory_is_hidden_or_shown_as_a_region_or_as_a_department(lou, wood, place, shown):
    fill(lou, wood, place=place)
    found = find_card(lou.pk).place
    assert shown in found
    assert bool(found) == bool(place)
    if place == "region":
        assert "Bouches" not in found


def test_who_shows_nothing_is_a_member_of_the_network(client, member, lou, wood):
    fill(lou, wood)
    page = client.get(reverse("directory:member", args=[lou.pk])).text
    assert "Membre du réseau" in page
    assert "Lou" not in page.replace("Loué", "")


# -- A filter never tells what a card hides ------------------------------------------------------------------------


def names(search):
    return [card.name for card in search.page().cards]


@pytest.mark.parametrize("switch", [s for s in SECRETS if s != "show_trades"])
def test_words_are_found_only_in_what_is_shown(lou, wood, switch):
    fill(lou, wood, show_name=True)
    word = SECRETS[switch]
    if switch != "show_name":
        assert names(Search(words=word)) == []
    fill(lou, wood, **{"show_name": True, switch: True})
    assert names(Search(words=word)) == ["Lou Petit"]


def test_words_are_found_whatever_their_accents_and_all_of_them_must_be(lou, wood):
    fill(lou, wood, show_name=True, show_presentation=True)
    assert names(Search(words="REPARE petit")) == ["Lou Petit"]
    assert names(Search(words="répare grand")) == []


def test_a_department_finds_only_those_who_show_theirs(lou, wood):
    department = lou.profile.department
    fill(lou, wood, show_name=True, place="region")
    assert names(Search(territory=department)) == []
    assert names(Search(territory=department.parent)) == ["Lou Petit"]
    fill(lou, wood, show_name=True, place="departement")
    assert names(Search(territory=department)) == ["Lou Petit"]
    assert names(Search(territory=department.parent)) == ["Lou Petit"]


def test_trades_and_skills_find_only_those_who_show_them(lou, wood):
    fill(lou, wood, show_name=True)
    assert names(Search(trade=wood)) == names(Search(skill="taille douce")) == []
    fill(lou, wood, show_name=True, show_trades=True, show_skills=True)
    assert names(Search(trade=wood)) == names(Search(skill="  TAILLE  DOUCE ")) == ["Lou Petit"]
    assert names(Search(skill="taille")) == []


def test_filters_of_the_address_are_combined_and_unknown_ones_count_for_nothing(client, member, lou, wood):
    fill(lou, wood, show_name=True, place="departement", show_trades=True)
    list_(UserFactory(last_name="Autre"), show_name=True)
    page = client.get(HOME, {"territoire": "d13", "filiere": "bois"}).text
    assert "Lou Petit" in page
    assert "Autre" not in page.partition('id="resultats"')[2]
    page = client.get(HOME, {"territoire": "dzz", "filiere": "rien", "apres": "n'importe quoi"}).text
    assert "Lou Petit" in page
    assert "Autre" in page
    assert "Personne ne correspond" in client.get(HOME, {"q": "introuvable"}).text


# -- In step with the account --------------------------------------------------------------------------------------


def test_withdrawing_is_immediate_and_keeps_what_was_written_for_its_author(client, lou, wood):
    fill(lou, wood, place="departement", contact=True, **EVERYTHING)
    client.force_login(lou)
    client.post(reverse("people:directory_withdraw"))
    assert find_card(lou.pk) is None
    assert "Je répare des volets." in client.get(ENTRY).text
    client.force_login(UserFactory())
    assert "Lou" not in client.get(HOME).text.partition('id="resultats"')[2]


def test_the_database_refuses_that_an_unlisted_entry_says_anything(lou, wood):
    entry = fill(lou, wood, **EVERYTHING)
    with pytest.raises(IntegrityError), transaction.atomic():
        DirectoryEntry.objects.filter(pk=entry.pk).update(listed=False)


def test_a_profile_that_is_erased_is_no_longer_found(lou, wood):
    fill(lou, wood, place="departement", **EVERYTHING)
    department = lou.profile.department
    clear_profile(lou)
    assert names(Search(territory=department)) == names(Search(words=DRESSMAKING)) == []
    card = find_card(lou.pk)
    assert (card.job, card.structure, card.place) == ("", "", "")


def test_a_changed_name_or_structure_is_found_under_its_new_words(lou, wood):
    fill(lou, wood, **EVERYTHING)
    lou.last_name = "Grand"
    lou.save(update_fields=["last_name"])
    structure = lou.profile.structure
    structure.name = "Les Ciseaux"
    structure.save()
    assert names(Search(words="petit")) == names(Search(words=DRESSMAKING)) == []
    assert names(Search(words="grand ciseaux")) == ["Lou Grand"]


def test_a_deleted_structure_is_no_longer_found(lou, wood):
    fill(lou, wood, **EVERYTHING)
    lou.profile.structure.delete()
    assert names(Search(words=DRESSMAKING)) == []
    assert find_card(lou.pk).structure == ""


def test_an_account_that_is_closed_or_deleted_leaves_the_directory(lou, wood):
    fill(lou, wood, **EVERYTHING)
    User.objects.filter(pk=lou.pk).update(is_active=False)
    assert find_card(lou.pk) is None
    assert names(Search()) == []
    delete_account(lou)
    assert not DirectoryEntry.objects.exists()


def test_a_person_gets_a_copy_of_their_entry(client, lou, wood):
    fill(lou, wood, show_name=True, place="region")
    client.force_login(lou)
    data = json.loads(client.get(reverse("people:export")).content)["annuaire"]
    assert data["montre"] == ["montrer mon nom"]
    assert data["savoir_faire"] == ["Taille douce"]
    assert data["filieres"] == ["Menuiserie et bois"]


# -- The form ------------------------------------------------------------------------------------------------------


def test_the_form_writes_the_entry_and_shows_what_the_others_see(client, lou, wood):
    client.force_login(lou)
    answer = client.post(
        ENTRY,
        {
            "listed": "on",
            "show_name": "on",
            "show_place": "region",
            "skills": "Soudure, soudure , Tri",
            "show_skills": "on",
        },
        follow=True,
    )
    preview = answer.text.partition('id="apercu"')[2]
    assert "Voici ce que les autres voient" in preview
    for shown in ("Lou Petit", "Provence-Alpes", "Soudure", "Tri"):
        assert shown in preview
    assert DRESSMAKING not in preview
    assert find_card(lou.pk).skills == ("Soudure", "Tri")


def test_a_form_that_is_refused_keeps_what_was_typed_and_changes_nothing(client, lou, wood):
    fill(lou, wood, show_name=True)
    client.force_login(lou)
    answer = client.post(ENTRY, {"presentation": "Nouveau texte", "skills": "x" * 61})
    assert answer.status_code == 400
    assert "Nouveau texte" in answer.text
    assert "x" * 61 in answer.text
    assert find_card(lou.pk).name == "Lou Petit"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        (" , ,", []),
        ("Soudure", ["Soudure"]),
        ("Soudure,  SOUDURE, soudüre", ["Soudure"]),
        ("Tri  des   textiles\nvélo", ["Tri des textiles", "vélo"]),
    ],
)
def test_skills_are_cut_at_commas_and_said_once(lou, typed, kept):
    form = EntryForm({"skills": typed}, user=lou)
    assert form.is_valid()
    assert form.cleaned_data["skills"] == kept


def test_there_are_fifteen_skills_at_most(lou):
    form = EntryForm({"skills": ", ".join(f"savoir {n}" for n in range(16))}, user=lou)
    assert "Quinze savoir-faire au plus" in form.errors["skills"][0]


# -- Pages ---------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_by_name_and_end_with_those_who_hide_theirs():
    for n in range(23):
        list_(UserFactory(last_name=f"Nom{n:02}"), show_name=True)
    list_(UserFactory())
    first = Search().page()
    second = Search().page(first.next)
    assert [card.name[-2:] for card in first.cards] == [f"{n:02}" for n in range(20)]
    assert [card.name for card in second.cards] == ["Camille Nom20", "Camille Nom21", "Camille Nom22", ""]
    assert (first.is_first, second.is_first, second.next) == (True, False, "")


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA", "WzFd", "WyJhIiwgbnVsbF0", "WyJhIiwgIngiXQ", "W251bGwsIDFd", "é", "A" * 2000]
)
def test_a_made_up_cursor_starts_from_the_beginning(cursor):
    list_(show_name=True)
    page = keyset_page(DirectoryEntry.objects.all(), "sort_key", "pk", cursor=cursor)
    assert page.is_first
    assert len(page.rows) == 1


@pytest.mark.parametrize("others", [0, 60])
def test_the_list_takes_as_many_queries_however_long_it_is(client, member, wood, others, django_assert_num_queries):
    for n in range(others):
        list_(trades=[wood], skills=[f"savoir {n}", "tri"], place="departement", contact=True, **EVERYTHING)
    list_(trades=[wood], skills=["tri"], place="departement", **EVERYTHING)
    client.get(HOME)
    with django_assert_num_queries(7):
        client.get(HOME, {"territoire": "d13", "filiere": "bois", "savoir_faire": "tri", "q": "camille"})
    with django_assert_num_queries(6):
        client.get(HOME)
    url = reverse("directory:member", args=[DirectoryEntry.objects.latest("pk").pk])
    with django_assert_num_queries(5):
        client.get(url)


def test_two_entries_may_not_say_one_skill_twice(lou, wood):
    entry = fill(lou, wood)
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        entry.skills.create(name="TAILLE DOUCE", key="taille douce")


# -- The map -------------------------------------------------------------------------------------------------------

MAP = reverse("directory:map")


def test_the_map_counts_structures_and_members_and_says_it_in_a_table_too(client, member, lou, wood):
    DepartmentFactory(code="84", name="Vaucluse")
    StructureFactory(name="Autre", department=lou.profile.department)
    fill(lou, wood, place="departement")
    page = client.get(MAP).text
    assert 'aria-label="Bouches-du-Rhône (13) : 2 structures, 1 membre"' in page
    assert 'aria-label="Vaucluse (84) : 0 structure, 0 membre"' in page
    assert ">Bouches-du-Rhône (13)</a></th><td>2</td><td>1</td>" in page
    assert "ADMIN EXPRESS" in page
    assert "Licence Ouverte" in page


def test_a_department_too_small_to_be_touched_is_drawn_twice_and_reached_once_with_the_keyboard(client, member):
    DepartmentFactory(code="75", name="Paris")
    page = client.get(MAP).text
    links = [part.partition(">")[0] for part in page.split("<a ") if "map__department" in part.partition(">")[0]]
    assert len(links) == 2
    assert [("tabindex" in link, "aria-hidden" in link, "aria-label" in link) for link in links] == [
        (True, True, False),
        (False, False, True),
    ]


def test_the_map_forgets_at_once_who_withdraws(client, member, lou, wood, django_capture_on_commit_callbacks):
    fill(lou, wood, place="departement")
    assert "1 structure, 1 membre" in client.get(MAP).text
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw_entry(lou)
    assert "1 structure, 0 membre" in client.get(MAP).text


def test_the_map_takes_two_queries_once_it_is_kept(client, member, lou, django_assert_num_queries):
    client.get(HOME)
    with django_assert_num_queries(4):
        client.get(MAP)
    with django_assert_num_queries(1):
        client.get(MAP)


def test_a_department_shows_its_structures_and_the_members_who_say_so(client, member, lou, wood):
    fill(lou, wood, place="region", show_name=True)
    url = reverse("directory:department", args=["13"])
    page = client.get(url).text
    assert DRESSMAKING in page
    assert "Lou Petit" not in page
    fill(lou, wood, place="departement", show_name=True)
    assert "Lou Petit" in client.get(url).text
    assert client.get(reverse("directory:department", args=["zz"])).status_code == 404


def test_the_page_of_a_department_takes_as_many_queries_however_full(client, member, wood, django_assert_num_queries):
    lou = list_(place="departement", trades=[wood], skills=["tri"], **EVERYTHING)
    url = reverse("directory:department", args=["13"])
    client.get(url)
    for _n in range(30):
        list_(place="departement", trades=[wood], skills=["tri"], **EVERYTHING)
    with django_assert_num_queries(7):
        client.get(url)
    assert lou.department.code == "13"
