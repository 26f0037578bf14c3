import pytest
from django.urls import reverse

from notifications.models import Notification
from practices import trials
from practices.models import SheetProposal, SheetStanding, Trial
from practices.ranking import UNTRIED, score
from practices.reading import summary_words
from tests.factories import UserFactory

from .factories import make_sheet

pytestmark = pytest.mark.django_db


def standing_of(sheet):
    return SheetStanding.objects.get(sheet=sheet)


def test_a_trial_told_again_is_changed_and_counts_once():
    sheet, user = make_sheet(), UserFactory()
    trials.tell(user, sheet, outcome="failed")
    trials.tell(user, sheet, outcome="worked", story="La deuxième fois, oui.")
    assert Trial.objects.count() == 1
    standing = standing_of(sheet)
    assert (standing.trial_count, standing.worked_count, standing.failed_count) == (1, 1, 0)
    assert standing.score == score(1, 0, 0)


def test_the_authors_do_not_rank_their_own_sheet():
    sheet = make_sheet()
    with pytest.raises(trials.NotAllowedError):
        trials.tell(SheetProposal.objects.get(page=sheet).owner, sheet, outcome="worked")


def test_a_trial_taken_back_or_hidden_counts_no_more():
    sheet = make_sheet()
    one, other = UserFactory(), UserFactory()
    trials.tell(one, sheet, outcome="worked")
    told = trials.tell(other, sheet, outcome="partly")
    trials.take_back(one, sheet)
    trials.hide(UserFactory(is_superuser=True), told, hidden=True)
    assert standing_of(sheet).trial_count == 0
    assert standing_of(sheet).score == UNTRIED
    trials.hide(UserFactory(is_superuser=True), told, hidden=False)
    assert standing_of(sheet).partly_count == 1


def test_a_member_hides_nobody_else_s_trial():
    told = trials.tell(UserFactory(), make_sheet(), outcome="failed")
    with pytest.raises(trials.NotAllowedError):
        trials.hide(UserFactory(), told, hidden=True)


def test_publishing_a_new_version_keeps_the_trials():
    sheet = make_sheet()
    trials.tell(UserFactory(), sheet, outcome="worked")
    sheet.save_revision().publish()
    assert standing_of(sheet).trial_count == 1
    assert standing_of(sheet).version == 2


def test_the_authors_are_told_of_a_trial_once():
    sheet, user = make_sheet(), UserFactory()
    owner = SheetProposal.objects.get(page=sheet).owner
    trials.tell(user, sheet, outcome="worked")
    trials.tell(user, sheet, outcome="partly")
    assert Notification.objects.filter(user=owner, kind="practices.trial").count() == 1


def test_a_wrong_count_is_found_and_mended():
    sheet = make_sheet()
    trials.tell(UserFactory(), sheet, outcome="worked")
    assert list(trials.recount()) == []
    SheetStanding.objects.filter(sheet=sheet).update(trial_count=5, worked_count=5)
    assert [str(miscount) for miscount in trials.recount()] == [
        f"sheet {sheet.pk} trial_count : 5 → 1",
        f"sheet {sheet.pk} worked_count : 5 → 1",
    ]
    assert list(trials.recount()) == []


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((0, 0, 0), "Pas encore essayée ailleurs"),
        ((1, 0, 0), "1 essai : 1 a marché"),
        ((9, 2, 1), "12 essais : 9 ont marché, 2 en partie, 1 non"),
    ],
)
def test_the_trials_are_said_in_words(counts, said):
    worked, partly, failed = counts
    standing = SheetStanding(trial_count=sum(counts), worked_count=worked, partly_count=partly, failed_count=failed)
    assert summary_words(standing) == said


def test_a_member_tells_changes_and_takes_back_a_trial_on_the_site(client):
    sheet = make_sheet()
    client.force_login(UserFactory(first_name="Nadia", last_name="Roux"))
    address = reverse("practices:trial", args=[sheet.pk])
    assert client.post(address, {}).status_code == 400
    answer = client.post(address, {"outcome": "partly", "place": "Gers", "story": "Avec la pluie, non."})
    assert answer.status_code == 302
    page = client.get(sheet.url).content.decode()
    assert "1 essai" in page
    assert "Nadia Roux" in page
    assert "Avec la pluie, non." in page
    client.post(address, {"action": "remove"})
    assert "Nadia Roux" not in client.get(sheet.url).content.decode()


def test_sheets_rank_by_their_trials(client):
    plain, tried, failing = (
        make_sheet(title="Fiche sans essai"),
        make_sheet(title="Fiche essayée"),
        make_sheet(title="Fiche qui échoue"),
    )
    trials.tell(UserFactory(), tried, outcome="worked")
    trials.tell(UserFactory(), failing, outcome="failed")
    page = client.get("/pratiques/").content.decode()
    places = [page.index(sheet.title.replace("'", "&#x27;")) for sheet in (tried, plain, failing)]
    assert places == sorted(places)
