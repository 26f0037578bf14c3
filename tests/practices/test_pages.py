import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import WorkflowState

from forum.models import Topic
from people.models import Trade
from people.services import collect_personal_data
from practices import proposals, trials
from practices.models import CollectionItem, SheetCollection, SheetPage, SheetPhoto, SheetProposal
from practices.spaces import sheet_index
from tests.factories import FederationFactory, MembershipFactory, RegionFactory, UserFactory
from tests.forum.factories import CategoryFactory, TopicFactory

from .factories import STEPS, TEXTS, approve, make_proposal, make_reviewers, make_sent, make_sheet, picture, reject

pytestmark = pytest.mark.django_db

PROPOSE, OWN = reverse("practices:propose"), reverse("practices:own")


@pytest.fixture
def me(client):
    user = UserFactory(first_name="Camille", last_name="Berger")
    client.force_login(user)
    return user


def typed(federation, *, action="save", revision=1, **changed):
    """Return what the form sends."""
    data = {**TEXTS, "revision": revision, "steps": len(STEPS), "action": action, "credit_me": "on", "licence": "on"}
    data["destination"] = f"f{federation.pk}"
    for place, step in enumerate(STEPS):
        data |= {f"step-{place}-{name}": value for name, value in step.items()}
    return {name: value for name, value in (data | changed).items() if value is not None}


def begin(client, title="Une bonne idée", address=PROPOSE):
    answer = client.post(address, {"title": title, "submission": uuid.uuid4()})
    return SheetProposal.objects.get(), answer.url


# -- Proposing -----------------------------------------------------------------------------------------------------


def test_a_visitor_signs_in_before_proposing(client):
    assert client.get(PROPOSE).url.startswith("/compte/connexion/")


def test_a_member_writes_previews_sends_corrects_and_is_published(client, me):
    federation = make_reviewers()
    _proposal, address = begin(client)
    client.post(address, typed(federation, summary="Pas fini", licence=None))
    assert "Pas fini" in client.get(address).content.decode()
    shown = client.get(f"{address}apercu/").content.decode()
    assert "Pas fini" in shown
    assert "noindex" in shown
    proposal = SheetProposal.objects.get()
    refused = client.post(address, typed(federation, action="send", revision=proposal.revision, licence=None))
    assert refused.status_code == 400
    assert "Sans votre accord" in refused.content.decode()
    proposal.refresh_from_db()
    client.post(address, typed(federation, action="send", revision=proposal.revision))
    assert "En relecture" in client.get(OWN).content.decode()
    assert client.get(address).url.endswith("/apercu/")
    page = SheetPage.objects.get()
    assert client.get(page.url).status_code == 404
    reject(page, "Dites le matériel.")
    own = client.get(OWN).content.decode()
    assert "À corriger" in own
    assert "Dites le matériel." in own
    proposal.refresh_from_db()
    client.post(address, typed(federation, action="send", revision=proposal.revision, materials="Un tapis"))
    approve(SheetPage.objects.get())
    assert "Publiée" in client.get(OWN).content.decode()
    read = client.get(page.url).content.decode()
    assert "Un tapis" in read
    assert "Camille Berger" in read
    assert "CC BY-SA 4.0" in read
    assert federation.name in read


def test_two_taps_on_send_make_one_review(client, me):
    federation = make_reviewers()
    _proposal, address = begin(client)
    for _tap in range(2):
        client.post(address, typed(federation, action="send"))
    assert SheetPage.objects.count() == 1
    assert WorkflowState.objects.count() == 1


def test_the_form_saves_itself_and_says_when_another_tab_was_quicker(client, me):
    federation = make_reviewers()
    _proposal, address = begin(client)
    saved = client.post(address, typed(federation), headers={"X-Autosave": "1"})
    assert saved.json()["revision"] == 2
    late = client.post(address, typed(federation, summary="Trop tard"), headers={"X-Autosave": "1"})
    assert late.status_code == 409
    shown = client.post(address, typed(federation, summary="Trop tard"))
    assert shown.status_code == 409
    assert "Trop tard" in shown.content.decode()
    client.post(address, typed(federation, summary="Trop tard", action="overwrite"))
    assert SheetProposal.objects.get().data["summary"] == "Trop tard"


def test_steps_are_added_and_moved_without_javascript(client, me):
    federation = make_reviewers()
    _proposal, address = begin(client)
    client.post(address, typed(federation, action="down:0"))
    assert [step["title"] for step in SheetProposal.objects.get().data["steps"]] == [
        STEPS[1]["title"],
        STEPS[0]["title"],
    ]
    revision = SheetProposal.objects.get().revision
    client.post(address, typed(federation, action="add_step", revision=revision))
    assert len(SheetProposal.objects.get().data["steps"]) == 3


def test_a_photo_is_sent_with_its_consent_and_refused_without(client, me):
    federation = make_reviewers()
    _proposal, address = begin(client)

    def send(**said):
        file = SimpleUploadedFile("IMG_2042 Samira.jpg", picture(), "image/jpeg")
        revision = SheetProposal.objects.get().revision
        return client.post(
            address,
            typed(
                federation,
                action="add_photo",
                revision=revision,
                **{"photo-file": file, "photo-alt": "Un tapis"},
                **said,
            ),
        )

    refused = send()
    assert refused.status_code == 400
    assert "Sans réponse, la photo ne peut pas être envoyée." in refused.content.decode()
    assert not SheetPhoto.objects.exists()
    send(**{"photo-consent": "nobody"})
    photo = SheetPhoto.objects.get()
    assert "Samira" not in photo.image.file.name
    assert "Un tapis" in client.get(address).content.decode()
    revision = SheetProposal.objects.get().revision
    client.post(address, typed(federation, action=f"remove_photo:{photo.pk}", revision=revision))
    assert not SheetPhoto.objects.exists()


def test_nobody_opens_the_proposal_of_another(client, me):
    proposal = make_proposal()
    for name in ("edit", "proposal_preview", "discard"):
        assert client.get(reverse(f"practices:{name}", args=[proposal.pk])).status_code == 404
    assert client.post(reverse("practices:take_back", args=[proposal.pk])).status_code == 404


def test_a_private_discussion_makes_a_sheet_only_for_who_reads_it(client, me):
    private = CategoryFactory(audience="federation", federation=FederationFactory())
    topic = TopicFactory(category=private, title="Entre nous seulement")
    address = f"{PROPOSE}?sujet={topic.pk}"
    assert client.get(address).status_code == 404
    MembershipFactory(user=me, federation=private.federation)
    page = client.get(address).content.decode()
    assert "Entre nous seulement" in page
    assert "est réservée à" in page


def test_the_origin_shows_only_to_who_may_read_the_discussion(client):
    private = CategoryFactory(audience="federation", federation=FederationFactory())
    reader = MembershipFactory(federation=private.federation).user
    topic = TopicFactory(category=private, title="Entre nous seulement")
    sheet = make_sheet(owner=reader, topic=topic)
    assert "Entre nous seulement" not in client.get(sheet.url).content.decode()
    client.force_login(type(reader).objects.get(pk=reader.pk))
    assert "Entre nous seulement" in client.get(sheet.url).content.decode()


def test_a_variant_and_its_origin_name_each_other(client):
    origin = make_sheet(title="Échauffement du matin")
    variant = make_sheet(title="Échauffement assis", variant_of=origin)
    assert "Variante de" in client.get(variant.url).content.decode()
    assert "Échauffement assis" in client.get(origin.url).content.decode()
    client.force_login(UserFactory())
    page = client.get(f"{PROPOSE}?variante={origin.pk}").content.decode()
    assert "Proposer une variante" in page


# -- Reading -------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered(client):
    trade = Trade.objects.create(name="Maçonnerie fine", slug="maconnerie-fine")
    region = RegionFactory()
    make_sheet(title="Monter un mur droit", trades=[str(trade.pk)], territory=str(region.pk))
    make_sheet(title="Tailler une haie basse")

    def titles(query):
        page = client.get(f"/pratiques/{query}").content.decode()
        return {title for title in ("Monter un mur droit", "Tailler une haie basse") if title in page}

    assert titles("") == {"Monter un mur droit", "Tailler une haie basse"}
    assert titles("?filiere=maconnerie-fine") == {"Monter un mur droit"}
    assert titles(f"?territoire={region.pk}") == {"Monter un mur droit"}
    assert titles("?filiere=inconnue&territoire=9999999&competence=x") == {
        "Monter un mur droit",
        "Tailler une haie basse",
    }
    assert titles("?q=haies") == {"Tailler une haie basse"}


def test_an_empty_list_says_what_to_do(client):
    make_reviewers()
    sheet_index()
    assert "Aucune fiche n'est encore publiée" in client.get("/pratiques/").content.decode()


def test_earlier_versions_are_read_and_drafts_are_not(client):
    sheet = make_sheet()
    proposal = SheetProposal.objects.get()
    proposals.save(proposal.owner, proposal.pk, {**proposal.data, "summary": "Neuf"}, {}, revision=None)
    approve(proposals.send(proposal.owner, proposal.pk))
    assert "Version 1" in client.get(f"/fiches/{sheet.pk}/versions/").content.decode()
    old = client.get(f"/fiches/{sheet.pk}/versions/1/").content.decode()
    assert TEXTS["summary"] in old
    assert "Neuf" not in old
    assert client.get(f"/fiches/{sheet.pk}/versions/3/").status_code == 404


def test_what_is_not_published_is_found_nowhere(client):
    page = make_sent()
    for name in ("sheet", "print", "pdf", "versions", "trials", "trial", "contact"):
        client.force_login(UserFactory())
        assert client.get(reverse(f"practices:{name}", args=[page.pk])).status_code == 404
    assert page.title not in client.get("/pratiques/").content.decode()


def test_a_discussion_about_a_sheet_shows_on_it(client):
    sheet = make_sheet()
    TopicFactory(page=sheet, title="Et quand il pleut ?")
    assert "Et quand il pleut" in client.get(sheet.url).content.decode()


def test_a_collection_shows_its_published_sheets_in_order(client):
    first, second = make_sheet(title="Fiche numéro un"), make_sheet(title="Fiche numéro deux")
    draft = make_sent(title="Fiche en attente")
    collection = SheetCollection.objects.create(
        space=first.get_parent().specific, title="Bien démarrer", slug="bien-demarrer", published=True
    )
    for order, sheet in enumerate((second, draft, first)):
        CollectionItem.objects.create(collection=collection, sheet=sheet, sort_order=order)
    page = client.get(collection.get_absolute_url()).content.decode()
    assert page.index("Fiche numéro deux") < page.index("Fiche numéro un")
    assert "Fiche en attente" not in page
    assert "Bien démarrer" in client.get(reverse("practices:collections")).content.decode()
    SheetCollection.objects.update(published=False)
    assert client.get(collection.get_absolute_url()).status_code == 404


# -- The admin -----------------------------------------------------------------------------------------------------


def test_a_reviewer_reads_comments_and_publishes_in_the_admin(client):
    federation = make_reviewers()
    reviewer = federation.memberships.get().user
    page = make_sent(federation=federation, title="À relire vite")
    other = make_sent(title="Pour une autre fédération")
    client.force_login(type(reviewer).objects.get(pk=reviewer.pk))
    listed = client.get(reverse("sheets_to_review")).content.decode()
    assert "À relire vite" in listed
    assert "Pour une autre fédération" not in listed
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert "Auteurs cités" in edit.content.decode()
    assert client.get(reverse("wagtailadmin_pages:edit", args=[other.pk])).status_code == 302
    state = page.current_workflow_task_state
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "reject", state.pk]), {"comment": "Non."})
    assert SheetPage.objects.get(pk=page.pk).current_workflow_state.status == "needs_changes"


def test_a_member_has_no_part_in_the_admin(client, me):
    make_sent(owner=me)
    assert client.get(reverse("sheets_to_review")).status_code in {302, 403}


# -- Data and budgets ----------------------------------------------------------------------------------------------


def test_a_copy_of_one_s_data_holds_proposals_and_trials():
    sheet, user = make_sheet(), UserFactory()
    trials.tell(user, sheet, outcome="worked", story="Très bien.")
    make_proposal(owner=user)
    data = collect_personal_data(user)
    assert data["essais_de_fiches"][0]["recit"] == "Très bien."
    assert data["fiches_proposees"][0]["etat"] == "Brouillon"


def test_the_list_costs_the_same_whatever_its_length(client, me, django_assert_num_queries):
    for number in range(3):
        make_sheet(title=f"Fiche numéro {number}")
    client.get("/pratiques/")
    with django_assert_num_queries(11):
        client.get("/pratiques/")


def test_a_sheet_stays_within_its_budget(client, me, django_assert_num_queries):
    sheet = make_sheet(topic=TopicFactory())
    for _number in range(3):
        trials.tell(UserFactory(), sheet, outcome="worked")
    make_sheet(variant_of=sheet, title="Une variante du geste")
    TopicFactory(page=sheet)
    client.get(sheet.url)
    with django_assert_num_queries(14):
        client.get(sheet.url)


def test_the_topic_leads_to_a_sheet_for_who_has_an_account(rf):
    from django.contrib.auth.models import AnonymousUser
    from django.template import Context, Template

    topic = Topic(pk=7, title="Un sujet", hidden=False)
    template = Template("{% load practices_tags %}{% sheet_from_topic topic %}")
    request = rf.get("/")
    request.user = UserFactory()
    assert "?sujet=7" in template.render(Context({"topic": topic, "request": request}))
    request.user = AnonymousUser()
    assert "sujet" not in template.render(Context({"topic": topic, "request": request}))
