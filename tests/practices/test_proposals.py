import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.models import Page, WorkflowState

from forum.models import Topic
from forum.services import accept_answer, add_post
from notifications.models import Notification
from people.models import Membership, Network, NetworkMembership
from practices import drafts, photos, proposals, rights
from practices.forms import PhotoForm
from practices.models import SheetCredit, SheetPage, SheetPhoto, SheetProposal, SheetSpacePage, SheetVersion
from tests.courses.factories import make_home
from tests.factories import FederationFactory, MembershipFactory, UserFactory
from tests.forum.factories import CategoryFactory

from .factories import approve, make_proposal, make_reviewers, make_sent, make_sheet, picture, reject, sheet_data

pytestmark = pytest.mark.django_db


# -- Beginning and writing -----------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_begins_one_proposal():
    user, submission = UserFactory(), uuid.uuid4()
    first = proposals.begin(user, title="Une idée simple", submission=submission)
    assert proposals.begin(user, title="Une idée simple", submission=submission) == first
    assert SheetProposal.objects.count() == 1


def test_a_draft_keeps_whatever_was_typed_however_long_or_incomplete():
    user = UserFactory()
    proposal = proposals.begin(user, title="Une idée", submission=uuid.uuid4())
    saved = proposals.save(
        user, proposal.pk, {**sheet_data(None), "title": "", "context": "x" * 5000}, {}, revision=proposal.revision
    )
    assert len(saved.data["context"]) == 5000
    assert saved.title == "Fiche sans titre"


def test_two_tabs_do_not_overwrite_each_other_unseen():
    proposal = make_proposal()
    data = {**proposal.data, "summary": "Autre"}
    proposals.save(proposal.owner, proposal.pk, data, {}, revision=proposal.revision)
    with pytest.raises(proposals.StaleError):
        proposals.save(proposal.owner, proposal.pk, {**data, "summary": "Perdu"}, {}, revision=proposal.revision)
    kept = proposals.save(proposal.owner, proposal.pk, {**data, "summary": "Voulu"}, {}, revision=None)
    assert kept.data["summary"] == "Voulu"


def test_saving_the_same_again_changes_nothing():
    proposal = make_proposal()
    again = proposals.save(proposal.owner, proposal.pk, dict(proposal.data), {}, revision=0)
    assert again.revision == proposal.revision


def test_nobody_else_changes_a_proposal():
    proposal = make_proposal()
    with pytest.raises(SheetProposal.DoesNotExist):
        proposals.save(UserFactory(), proposal.pk, proposal.data, {}, revision=None)


def test_moving_a_step_moves_its_photo():
    proposal = make_proposal()
    photo = add_photo(proposal)
    SheetPhoto.objects.filter(pk=photo.pk).update(step=1)
    proposals.move_step(proposal.owner, proposal.pk, "down", 0)
    photo.refresh_from_db()
    proposal.refresh_from_db()
    assert photo.step == 2
    assert proposal.data["steps"][1]["title"] == "Se réunir au même endroit"


@pytest.mark.parametrize(
    ("verb", "place", "expected"),
    [("up", 1, [1, 0, 2]), ("up", 0, [0, 1, 2]), ("down", 2, [0, 1, 2]), ("remove", 1, [0, 2]), ("up", 9, [0, 1, 2])],
)
def test_steps_move_within_their_list(verb, place, expected):
    assert drafts.moved([0, 1, 2], verb, place) == expected


def test_a_step_is_made_of_a_paragraph():
    assert drafts.step_from_text("Poser les outils. Puis se réunir.") == {
        "title": "Poser les outils",
        "text": "Puis se réunir.",
    }
    long = "Un paragraphe " * 20
    assert drafts.step_from_text(long)["title"].endswith("…")
    assert drafts.step_from_text(long)["text"] == long.strip()


# -- From a discussion ---------------------------------------------------------------------------------------------


def answered_topic(*, anonymous=False):
    asker, helper = UserFactory(first_name="Aïcha"), UserFactory(first_name="Bruno")
    from forum.services import create_topic

    topic = create_topic(
        asker,
        category=CategoryFactory(),
        title="Comment éviter le mal de dos ?",
        body="Le matin, l'équipe se plaint du dos.",
        submission=uuid.uuid4(),
        kind=Topic.Kind.QUESTION,
        anonymous=anonymous,
    )
    post = add_post(
        helper,
        topic,
        body="- Se réunir en cercle.\n- Bouger doucement.\n- Parler du chantier.",
        submission=uuid.uuid4(),
    )
    accept_answer(asker, topic, post)
    topic.refresh_from_db()
    return topic, asker, helper


def test_a_sheet_made_of_a_discussion_carries_its_text_and_credits_its_authors():
    topic, asker, helper = answered_topic()
    proposal = proposals.begin(UserFactory(), title=topic.title, submission=uuid.uuid4(), topic=topic)
    assert "se plaint du dos" in proposal.data["problem"]
    assert [step["title"] for step in proposal.data["steps"]] == [
        "Se réunir en cercle",
        "Bouger doucement",
        "Parler du chantier",
    ]
    names = [credit.shown_name for credit in proposals.credit_names(proposal)]
    assert names[:2] == [asker.display_name, helper.display_name]


def test_an_anonymous_author_stays_anonymous_on_the_sheet():
    topic, asker, helper = answered_topic(anonymous=True)
    federation = make_reviewers()
    page = make_sent(UserFactory(), federation, topic=topic)
    credited = SheetCredit.objects.filter(sheet=page)
    assert [credit.shown_name for credit in credited][:2] == ["Anonyme du réseau", helper.display_name]
    assert not credited.filter(user=asker).exists()
    assert asker.display_name not in str(page.get_latest_revision().content)


def test_the_anonymous_author_is_not_credited_by_name_unless_they_ask_to():
    topic, asker, _helper = answered_topic(anonymous=True)
    proposal = proposals.begin(asker, title=topic.title, submission=uuid.uuid4(), topic=topic)
    assert proposal.data["credit_me"] is False
    assert asker.display_name not in [credit.shown_name for credit in proposals.credit_names(proposal)]


# -- Photos --------------------------------------------------------------------------------------------------------


def upload(content=None, name="photo.jpg"):
    return SimpleUploadedFile(name, content if content is not None else picture(), "image/jpeg")


def add_photo(proposal, **said):
    values = {"alt": "Un cercle", "caption": "", "consent": "nobody", "people": "", "kept_where": ""} | said
    return photos.add_photo(proposal.owner, proposal.pk, photos.clean_photo(upload()), **values)


def with_gps():
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "Marque"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


def test_a_photo_loses_what_the_phone_wrote_in_it():
    import io

    from PIL import Image

    source = with_gps()
    assert b"Exif" in source
    cleaned = photos.clean_photo(upload(source)).read()
    assert b"Exif" not in cleaned
    assert not Image.open(io.BytesIO(cleaned)).getexif()


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a no",
        picture()[:500],
        picture((50, 50)),
        b"\x89PNG",
    ],
)
def test_what_is_not_a_photo_is_refused(content):
    form = PhotoForm({"photo-alt": "x", "photo-consent": "nobody"}, {"photo-file": upload(content)})
    assert not form.is_valid()
    assert "file" in form.errors


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, "consent"),
        ({"consent": "written", "kept_where": "Classeur"}, "people"),
        ({"consent": "written", "people": "Sami"}, "kept_where"),
    ],
)
def test_a_photo_is_not_kept_without_what_the_people_on_it_agreed_to(said, missing):
    data = {"photo-alt": "Un cercle", **{f"photo-{name}": value for name, value in said.items()}}
    form = PhotoForm(data, {"photo-file": upload()})
    assert not form.is_valid()
    assert missing in form.errors


def test_photos_go_to_their_step_and_their_consent_never_to_a_revision():
    proposal = make_proposal()
    photo = add_photo(proposal, consent="written", people="Samira D.", kept_where="Classeur du bureau")
    SheetPhoto.objects.filter(pk=photo.pk).update(step=2)
    page = proposals.send(proposal.owner, proposal.pk)
    assert page.steps[1].value["photo"]["image"] == photo.image
    assert not page.photos
    assert "Samira" not in str(page.get_latest_revision().content)
    photo.image.refresh_from_db()
    assert photo.image.collection.name == page.publisher.name


def test_a_page_with_a_photo_that_nobody_answers_for_is_refused():
    from django.core.exceptions import ValidationError

    proposal = make_proposal()
    photo = add_photo(proposal)
    page = proposals.send(proposal.owner, proposal.pk)
    SheetPhoto.objects.filter(pk=photo.pk).delete()
    with pytest.raises(ValidationError, match="autorisation"):
        page.full_clean()


def test_a_draft_thrown_away_takes_its_photos_along():
    proposal = make_proposal()
    image = add_photo(proposal).image
    proposals.discard(proposal.owner, proposal.pk)
    assert not type(image).objects.filter(pk=image.pk).exists()


# -- Review --------------------------------------------------------------------------------------------------------


def test_a_sheet_sent_twice_is_reviewed_once():
    proposal = make_proposal()
    page = proposals.send(proposal.owner, proposal.pk)
    assert proposals.send(proposal.owner, proposal.pk) == page
    assert WorkflowState.objects.count() == 1
    assert SheetPage.objects.count() == 1
    assert not page.live


def test_an_incomplete_sheet_is_not_sent_and_says_what_is_missing():
    proposal = make_proposal(problem="", steps=[])
    with pytest.raises(proposals.IncompleteError) as caught:
        proposals.send(proposal.owner, proposal.pk)
    assert "problem" in caught.value.form.errors
    assert -1 in caught.value.faults
    assert not SheetPage.objects.exists()


def test_the_licence_must_be_accepted():
    proposal = make_proposal(licence=False)
    with pytest.raises(proposals.IncompleteError) as caught:
        proposals.send(proposal.owner, proposal.pk)
    assert list(caught.value.form.errors) == ["licence"]


def test_nothing_changes_while_reviewers_read():
    page = make_sent()
    proposal = page.proposal
    with pytest.raises(proposals.LockedError):
        proposals.save(proposal.owner, proposal.pk, {**proposal.data, "summary": "Non"}, {}, revision=None)


def test_the_author_corrects_what_reviewers_ask_and_sends_again():
    page = make_sent()
    proposal = page.proposal
    reject(page, "Précisez le matériel.")
    proposal = SheetProposal.objects.select_related("page").get(pk=proposal.pk)
    standing = proposals.standing_of(proposal)
    assert str(standing.label) == "À corriger"
    assert [remark.text for remark in standing.remarks] == ["Précisez le matériel."]
    proposals.save(proposal.owner, proposal.pk, {**proposal.data, "materials": "Rien"}, {}, revision=None)
    proposals.send(proposal.owner, proposal.pk)
    assert WorkflowState.objects.count() == 1
    published = approve(SheetPage.objects.get(pk=page.pk))
    assert published.live
    assert published.materials == "Rien"


def test_the_author_finds_what_a_reviewer_changed():
    page = make_sent()
    owner, pk = page.proposal.owner, page.proposal.pk
    changed = page.get_latest_revision_as_object()
    changed.summary = "Relu et resserré."
    changed.save_revision()
    reject(SheetPage.objects.get(pk=page.pk), "J'ai resserré le résumé.")
    assert proposals.reread(owner, pk).data["summary"] == "Relu et resserré."


def test_a_reviewer_corrects_and_publishes_in_one_go():
    page = make_sent()
    changed = page.get_latest_revision_as_object()
    changed.summary = "Corrigé en relisant."
    changed.save_revision()
    published = approve(SheetPage.objects.get(pk=page.pk))
    assert published.live
    assert published.summary == "Corrigé en relisant."


def test_a_new_version_is_published_without_taking_the_old_one_down():
    page = make_sheet()
    proposal = SheetProposal.objects.get(page=page)
    proposals.save(proposal.owner, proposal.pk, {**proposal.data, "summary": "Deuxième"}, {}, revision=None)
    sent = proposals.send(proposal.owner, proposal.pk)
    assert SheetPage.objects.get(pk=page.pk).summary == "Dix minutes ensemble avant de porter."
    approve(sent)
    versions = SheetVersion.objects.filter(sheet=page)
    assert [version.number for version in versions] == [2, 1]
    assert page.with_content_json(versions[1].content).summary == "Dix minutes ensemble avant de porter."
    assert SheetPage.objects.get(pk=page.pk).summary == "Deuxième"


def test_a_sheet_taken_back_can_be_changed_and_sent_again():
    page = make_sent()
    proposal = page.proposal
    proposals.take_back(proposal.owner, proposal.pk)
    proposals.take_back(proposal.owner, proposal.pk)
    proposals.save(proposal.owner, proposal.pk, {**proposal.data, "summary": "Mieux"}, {}, revision=None)
    proposals.send(proposal.owner, proposal.pk)
    assert WorkflowState.objects.filter(status="in_progress").count() == 1


def test_reviewers_then_authors_are_told_once():
    federation = make_reviewers()
    reviewer = federation.memberships.get().user
    page = make_sent(federation=federation)
    owner = page.proposal.owner
    assert [n.kind for n in Notification.objects.filter(user=reviewer)] == ["practices.review"]
    reject(page, "À préciser.", reviewer)
    proposals.send(owner, page.proposal.pk)
    approve(SheetPage.objects.get(pk=page.pk), reviewer)
    assert [n.kind for n in Notification.objects.filter(user=owner).order_by("pk")] == [
        "practices.comment",
        "practices.published",
    ]


def test_a_variant_tells_the_authors_of_its_origin():
    origin = make_sheet()
    variant = make_sheet(federation=make_reviewers(), variant_of=origin, title="Autre échauffement")
    assert list(origin.variants.all()) == [variant]
    assert Notification.objects.filter(
        user=SheetProposal.objects.get(page=origin).owner, kind="practices.reuse", target_id=variant.pk
    ).exists()


# -- Rights --------------------------------------------------------------------------------------------------------


def test_a_federation_reviews_only_what_is_proposed_to_it():
    mine, other = make_reviewers(), make_reviewers()
    page, elsewhere = make_sent(federation=mine), make_sent(federation=other)
    reviewer = mine.memberships.get().user
    assert rights.may_review(reviewer, page)
    assert not rights.may_review(reviewer, elsewhere)
    assert [state.workflow_state.object_id for state in _waiting(reviewer)] == [str(page.pk)]
    assert reviewer.has_perm("wagtailadmin.access_admin")


def _waiting(user):
    from practices.wagtail_hooks import sheets_to_review

    return sheets_to_review(user)


def test_who_leaves_the_team_reviews_no_more():
    federation = make_reviewers()
    page = make_sent(federation=federation)
    membership = federation.memberships.get()
    user = membership.user
    membership.delete()
    user = type(user).objects.get(pk=user.pk)
    assert not rights.may_review(user, page)
    assert not user.has_perm("wagtailadmin.access_admin")


def test_an_author_of_a_federation_does_not_review():
    federation = make_reviewers()
    author = MembershipFactory(federation=federation, role=Membership.Role.AUTHOR).user
    assert not rights.may_review(author, make_sent(federation=federation))


def test_the_moderators_of_a_network_review_what_its_members_propose():
    make_home()
    network = Network.objects.create(name="Maraîchers du Sud", slug="maraichers")
    moderator, member, stranger = UserFactory(), UserFactory(), UserFactory()
    from django.utils import timezone

    for user, role in ((moderator, "moderator"), (member, "member")):
        NetworkMembership.objects.create(network=network, user=user, role=role, accepted_at=timezone.now())
    assert rights.places_to_send_to(member) == [(f"n{network.pk}", "Maraîchers du Sud")]
    assert rights.places_to_send_to(stranger) == []
    proposal = proposals.begin(member, title="Semis en ligne", submission=uuid.uuid4())
    data = sheet_data(None, destination=f"n{network.pk}")
    proposals.save(member, proposal.pk, data, {}, revision=None)
    page = proposals.send(member, proposal.pk)
    assert page.publisher == network
    assert rights.may_review(moderator, page)
    assert not rights.may_review(member, page)


def test_a_sheet_cannot_be_sent_where_the_person_does_not_belong():
    make_reviewers()
    network = Network.objects.create(name="Fermé", slug="ferme")
    proposal = make_proposal(destination=f"n{network.pk}")
    with pytest.raises(proposals.IncompleteError) as caught:
        proposals.send(proposal.owner, proposal.pk)
    assert "destination" in caught.value.form.errors


def test_proposing_gives_no_access_to_the_admin():
    page = make_sent()
    owner = type(page.proposal.owner).objects.get(pk=page.proposal.owner_id)
    assert not owner.has_perm("wagtailadmin.access_admin")
    assert not rights.may_review(owner, page)


# -- Leaving -------------------------------------------------------------------------------------------------------


def test_who_leaves_keeps_their_name_or_not():
    page = make_sheet()
    owner = SheetProposal.objects.get(page=page).owner
    proposals.forget_author(owner, keep_name=True)
    assert SheetPage.objects.get(pk=page.pk).author_names == [owner.display_name]
    other = make_sheet(federation=FederationFactory() and make_reviewers())
    leaver = SheetProposal.objects.get(page=other).owner
    leaver.delete()
    assert SheetPage.objects.get(pk=other.pk).author_names == ["Ancien membre"]


def test_a_deleted_account_takes_its_unsent_photos_along():
    proposal = make_proposal()
    image = add_photo(proposal).image
    proposal.owner.delete()
    assert not type(image).objects.filter(pk=image.pk).exists()


def test_spaces_are_made_once():
    federation = make_reviewers()
    make_sent(federation=federation)
    make_sent(federation=federation)
    assert SheetSpacePage.objects.count() == 1
    assert Page.objects.filter(slug="lancer-la-journee-par-un-echauffement").count() == 1
    assert Page.objects.filter(slug="lancer-la-journee-par-un-echauffement-2").count() == 1
