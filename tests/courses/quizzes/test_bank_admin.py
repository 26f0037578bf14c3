"""Question banks in the admin: nobody meets those of another federation, and a bank in use stays."""

import json
import uuid
from html import unescape
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.permissions import policy_registry
from wagtail.test.utils.form_data import nested_form_data

from courses.quizzes.banks import quizzes_drawing_from
from courses.quizzes.models import BankQuestion, QuestionBank
from people.models import Membership
from tests.courses.factories import make_course, make_quiz, make_space, multiple, single
from tests.factories import FederationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

BANKS = QuestionBank.snippet_viewset
QUESTIONS = BankQuestion.snippet_viewset


def make_bank(federation, title="Banque du tri", questions=0) -> QuestionBank:
    bank = QuestionBank.objects.create(federation=federation, title=title)
    for number in range(questions):
        make_question(bank, text=f"{title} : question {number}")
    return bank


def make_question(bank, raw=None, **fields) -> BankQuestion:
    active = fields.pop("active", True)
    question = BankQuestion(bank=bank, active=active)
    question.content = BankQuestion.content.field.to_python([raw or single(**fields)])
    question.save()
    question.save_revision()
    return question


def draw(bank, count=1) -> dict:
    return {
        "type": "draw",
        "id": str(uuid.uuid4()),
        "value": {"bank": bank.pk, "count": count, "competence": ""},
    }


@pytest.fixture
def ours():
    federation = FederationFactory(name="Fédération A")
    make_space(federation)
    return make_bank(federation, questions=2)


@pytest.fixture
def theirs():
    federation = FederationFactory(name="Fédération B")
    make_space(federation)
    return make_bank(federation, title="Banque secrète", questions=2)


@pytest.fixture(params=[Membership.Role.AUTHOR, Membership.Role.EDITOR])
def member(request, ours, client):
    user = MembershipFactory(federation=ours.federation, role=request.param).user
    client.force_login(user)
    return user


@pytest.fixture
def editor(ours, client):
    user = MembershipFactory(federation=ours.federation, role=Membership.Role.EDITOR).user
    client.force_login(user)
    return user


def to(viewset, name, *args) -> str:
    return reverse(viewset.get_url_name(name), args=args)


def form_of(question_text="Où va le verre ?", bank=None, block_id=None) -> dict:
    value = single(question_text)["value"]
    options = [
        {"deleted": "", "order": str(i), "id": o["id"], "type": "item", "value": _option(o["value"])}
        for i, o in enumerate(value["options"])
    ]
    data = nested_form_data(
        {
            "bank": bank.pk if bank else "",
            "active": "on",
            "content": {
                "count": "1",
                "0": {
                    "deleted": "",
                    "order": "0",
                    "type": "single",
                    "id": block_id or str(uuid.uuid4()),
                    "value": {
                        "text": question_text,
                        "image": "",
                        "hint": "",
                        "explanation": "",
                        "worth": "1",
                        "lesson": "",
                        "competences": {"count": "0"},
                        "options": {"count": str(len(options)), **{str(i): o for i, o in enumerate(options)}},
                    },
                },
            },
        }
    )
    return {key: value for key, value in data.items() if value is not None}


def _option(value) -> dict:
    return {"text": value["text"], "feedback": "", **({"correct": "on"} if value["correct"] else {})}


# -- What belongs to another federation ----------------------------------------------------------------------------


def addresses_of(viewset, chooser, thing) -> dict[str, str]:
    """Return every registered address that names the object."""
    found = {}
    for each in (viewset, chooser):
        for pattern in each.get_urlpatterns():
            names = {**pattern.pattern.converters, **pattern.pattern.regex.groupindex}
            if "pk" in names:
                values = {"pk": thing.pk}
                values |= {name: thing.latest_revision_id for name in names if name == "revision_id"}
                if "revision_id_a" in names:
                    values |= {"revision_id_a": "earliest", "revision_id_b": "latest"}
                found[pattern.name] = reverse(each.get_url_name(pattern.name), kwargs=values)
    return found


def test_no_address_shows_what_belongs_to_another_federation(client, member, theirs):
    question = theirs.questions.first()
    addresses = {
        **addresses_of(BANKS, BANKS.chooser_viewset, theirs),
        **{f"question {k}": v for k, v in addresses_of(QUESTIONS, QUESTIONS.chooser_viewset, question).items()},
    }
    assert {"edit", "delete", "usage", "history", "history_results", "chosen"} <= set(addresses)
    assert {
        "question copy",
        "question preview_on_edit",
        "question revisions_view",
        "question revisions_revert",
        "question revisions_compare",
    } <= set(addresses)
    for name, address in addresses.items():
        for method in (client.get, client.post):
            answer = method(address)
            assert answer.status_code in {403, 404, 405}, (name, method.__name__, answer.status_code)
            assert "secrète" not in answer.content.decode(), name
    assert QuestionBank.objects.filter(pk=theirs.pk).exists()
    assert theirs.questions.count() == 2


def test_the_same_addresses_answer_to_an_administrator(client, theirs):
    client.force_login(UserFactory(is_superuser=True))
    question = theirs.questions.first()
    for address in (
        *addresses_of(BANKS, BANKS.chooser_viewset, theirs).values(),
        *addresses_of(QUESTIONS, QUESTIONS.chooser_viewset, question).values(),
    ):
        assert client.get(address).status_code == 200, address


def test_no_list_shows_what_belongs_to_another_federation(client, member, ours, theirs):
    lists = [
        to(BANKS, "list"),
        to(BANKS, "list_results"),
        to(QUESTIONS, "list"),
        to(QUESTIONS, "list_results"),
        f"{to(QUESTIONS, 'list')}?bank={theirs.pk}",
        f"{to(QUESTIONS, 'list')}?q=secrete",
        to(BANKS, "add"),
        to(QUESTIONS, "add"),
        f"{to(QUESTIONS, 'add')}?bank={theirs.pk}",
        to(BANKS.chooser_viewset, "choose"),
        to(BANKS.chooser_viewset, "choose_results"),
        f"{to(BANKS.chooser_viewset, 'choose_results')}?q=secrète",
        to(QUESTIONS.chooser_viewset, "choose"),
        f"{to(BANKS.chooser_viewset, 'chosen_multiple')}?id={theirs.pk}&id=x",
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_home"),
        f"{reverse('wagtailadmin_pages:search')}?q=secrète",
    ]
    for address in lists:
        answer = client.get(address)
        page = unescape(answer.content.decode())
        assert "Banque secrète" not in page, address
        assert "Fédération B" not in page or "list" not in address, address
    for address in (to(BANKS, "list"), to(BANKS.chooser_viewset, "choose_results")):
        assert "Banque du tri" in client.get(address).content.decode()
    assert "Banque du tri : question 1" in client.get(to(QUESTIONS, "list")).content.decode()


@pytest.mark.parametrize("action", ["delete", "activate", "deactivate"])
def test_no_bulk_action_reaches_another_federation(client, member, theirs, action):
    question = theirs.questions.first()
    address = reverse("wagtail_bulk_action", args=["quizzes", "bankquestion", action])
    for ids in ([question.pk], ["all"], ["x"]):
        url = f"{address}?{urlencode({'id': ids, 'next': '/admin/'}, doseq=True)}"
        for answer in (client.get(url), client.post(url)):
            assert "secrète" not in answer.content.decode()
    question.refresh_from_db()
    assert question.active
    assert theirs.questions.count() == 2


def test_no_bulk_deletion_of_another_federation_s_bank(client, member, theirs):
    url = f"{reverse('wagtail_bulk_action', args=['quizzes', 'questionbank', 'delete'])}?id={theirs.pk}&next=/admin/"
    assert client.get(url).status_code == 404
    assert client.post(url).status_code == 404
    assert QuestionBank.objects.filter(pk=theirs.pk).exists()


def test_a_made_up_form_puts_nothing_into_another_federation(client, member, ours, theirs):
    answer = client.post(to(QUESTIONS, "add"), form_of(bank=theirs))
    assert answer.status_code == 200
    assert "secrète" not in answer.content.decode()
    mine = ours.questions.first()
    client.post(to(QUESTIONS, "edit", mine.pk), form_of(bank=theirs, block_id=str(mine.question_id)))
    client.post(to(BANKS, "add"), {"title": "Intruse", "federation": theirs.federation_id, "description": ""})
    client.post(to(BANKS, "edit", ours.pk), {"title": "Intruse", "federation": theirs.federation_id})
    assert theirs.questions.count() == 2
    assert not QuestionBank.objects.filter(title="Intruse").exists()


def test_nobody_follows_who_edits_in_another_federation(client, member, theirs):
    address = reverse("wagtailadmin_editing_sessions:ping", args=["quizzes", "questionbank", theirs.pk, 1])
    assert client.post(address).status_code == 404


def test_usage_of_a_picture_does_not_name_the_question_of_another_federation(member, ours, theirs):
    finder = AdminURLFinder(member)
    assert finder.get_edit_url(theirs.questions.first()) is None
    assert finder.get_edit_url(theirs) is None
    assert finder.get_edit_url(ours) is not None


@pytest.mark.parametrize("name", ["list", "add"])
def test_one_who_belongs_to_no_federation_is_kept_out(client, ours, name):
    outsider = MembershipFactory()
    outsider.federation.memberships.all().delete()
    outsider.user.groups.add(ours.federation.author_group)  # enters the admin, by another way
    client.force_login(outsider.user)
    for viewset in (BANKS, QUESTIONS):
        assert client.get(to(viewset, name)).status_code in {302, 403}


# -- Roles ---------------------------------------------------------------------------------------------------------


def test_an_author_writes_and_does_not_delete(client, ours):
    user = MembershipFactory(federation=ours.federation, role=Membership.Role.AUTHOR).user
    client.force_login(user)
    question = ours.questions.first()
    assert client.get(to(QUESTIONS, "edit", question.pk)).status_code == 200
    assert client.get(to(QUESTIONS, "delete", question.pk)).status_code == 404
    assert client.get(to(BANKS, "delete", ours.pk)).status_code == 404
    assert to(QUESTIONS, "delete", question.pk) not in client.get(to(QUESTIONS, "list")).content.decode()


def test_the_role_counts_where_it_is_held(client, ours, theirs):
    """An editor there who is an author here deletes there only."""
    user = MembershipFactory(federation=ours.federation, role=Membership.Role.AUTHOR).user
    MembershipFactory(user=user, federation=theirs.federation, role=Membership.Role.EDITOR)
    client.force_login(user)
    listed = client.get(to(BANKS, "list")).content.decode()
    assert to(BANKS, "delete", theirs.pk) in listed
    assert to(BANKS, "delete", ours.pk) not in listed
    assert client.get(to(BANKS, "delete", ours.pk)).status_code == 404
    url = f"{reverse('wagtail_bulk_action', args=['quizzes', 'questionbank', 'delete'])}?next=/admin/"
    client.post(f"{url}&id={ours.pk}&id={theirs.pk}")
    assert list(QuestionBank.objects.all()) == [ours]


def test_the_policy_names_who_may(ours, theirs):
    author = MembershipFactory(federation=ours.federation, role=Membership.Role.AUTHOR).user
    editor = MembershipFactory(federation=ours.federation, role=Membership.Role.EDITOR).user
    elsewhere = MembershipFactory(federation=theirs.federation).user
    chief = UserFactory(is_superuser=True)
    gone = MembershipFactory(federation=ours.federation, user__is_active=False).user
    policy = policy_registry.get_by_type(BankQuestion)
    question = ours.questions.first()
    assert set(policy.users_with_any_permission_for_instance(["change"], question)) == {author, editor, chief}
    assert set(policy.users_with_permission_for_instance("delete", question)) == {editor, chief}
    assert set(policy.users_with_any_permission(["delete"])) == {editor, elsewhere, chief}
    assert not policy.user_has_permission(gone, "change")
    assert not policy.user_has_permission(editor, "publish")


# -- Working with banks --------------------------------------------------------------------------------------------


def test_a_bank_is_made_in_the_only_federation_that_there_is_to_choose(client, editor, ours):
    assert f'<option value="{ours.federation_id}" selected' in client.get(to(BANKS, "add")).content.decode()
    client.post(to(BANKS, "add"), {"title": "Sécurité", "federation": ours.federation_id, "description": ""})
    assert QuestionBank.objects.get(title="Sécurité").federation == ours.federation


def test_a_question_is_written_changed_and_found_in_its_bank(client, editor, ours):
    add = f"{to(QUESTIONS, 'add')}?bank={ours.pk}"
    assert f'<option value="{ours.pk}" selected' in client.get(add).content.decode()
    answer = client.post(to(QUESTIONS, "add"), form_of("Où va le verre ?", ours))
    assert answer["Location"] == f"{to(QUESTIONS, 'list')}?bank={ours.pk}"
    question = BankQuestion.objects.get(label="Où va le verre ?")
    changed = form_of("Où va le carton ?", ours, str(question.question_id))
    assert client.post(to(QUESTIONS, "edit", question.pk), changed).status_code == 302
    question.refresh_from_db()
    assert question.label == "Où va le carton ?"
    assert question.revisions.count() == 2
    assert client.get(to(QUESTIONS, "history", question.pk)).status_code == 200
    compared = to(QUESTIONS, "revisions_compare", question.pk, "earliest", "latest")
    assert "carton" in client.get(compared).content.decode()


def test_the_same_form_sent_twice_makes_one_question(client, editor, ours):
    form = form_of(bank=ours)
    assert client.post(to(QUESTIONS, "add"), form).status_code == 302
    again = client.post(to(QUESTIONS, "add"), form)
    assert "Cette question est déjà enregistrée" in unescape(again.content.decode())
    assert client.post(to(QUESTIONS, "add"), form_of(bank=ours, block_id="x")).status_code == 200
    assert ours.questions.count() == 3


def test_a_question_without_content_is_refused(client, editor, ours):
    answer = client.post(to(QUESTIONS, "add"), {"bank": ours.pk, "active": "on", "content-count": "0"})
    assert answer.status_code == 200
    assert "content" in answer.context["form"].errors
    assert ours.questions.count() == 2


def test_a_copy_is_another_question(client, editor, ours):
    original = ours.questions.first()
    page = unescape(client.get(to(QUESTIONS, "copy", original.pk)).content.decode())
    assert str(original.question_id) not in page
    assert original.label in page


def test_an_administrator_sees_the_federation_of_each_bank(client, ours, theirs):
    client.force_login(UserFactory(is_superuser=True))
    page = unescape(client.get(to(QUESTIONS, "add")).content.decode())
    assert "Banque secrète (Fédération B)" in page


def test_the_preview_shows_a_question_as_asked_and_with_its_key(client, editor, ours):
    question = make_question(ours, text="Que faites-vous ?", hint="Pensez au casque.")
    address = to(QUESTIONS, "preview_on_edit", question.pk)
    client.post(address, form_of("Que feriez-vous ?", ours, str(question.question_id)))
    asked = unescape(client.get(address).content.decode())
    assert "Que feriez-vous" in asked
    assert "bonne réponse" not in asked.lower()
    with_key = unescape(client.get(f"{address}?mode=key").content.decode())
    assert "Que feriez-vous" in with_key
    assert with_key != asked
    fresh = to(QUESTIONS, "preview_on_add")
    client.post(fresh, {"bank": ours.pk, "content-count": "0"})
    assert "Choisissez un type de question" in unescape(client.get(fresh).content.decode())


def test_questions_are_found_by_their_words_without_accents_and_narrowed(client, editor, ours):
    make_question(ours, text="Où jeter l’éponge usée ?")
    make_question(ours, raw=multiple("Quelles éponges ?"), active=False)
    other = make_bank(ours.federation, "Autre banque")
    make_question(other, text="Une éponge, encore", competences=["A2.1"])

    def found(**query) -> set[str]:
        page = client.get(to(QUESTIONS, "list"), query)
        return {question.label for question in page.context["object_list"]}

    assert len(found(q="EPONGE")) == 3
    assert found(q="eponge l'eponge") == {"Où jeter l’éponge usée ?"}
    assert found(q="eponge", kind="multiple") == {"Quelles éponges ?"}
    assert found(q="eponge", active="false") == {"Quelles éponges ?"}
    assert found(bank=other.pk) == {"Une éponge, encore"}
    assert found(q="rien de tel") == set()


def test_all_the_lines_of_a_filtered_list_are_those_of_the_filter(client, editor, ours):
    other = make_bank(ours.federation, "Autre banque", questions=2)
    address = reverse("wagtail_bulk_action", args=["quizzes", "bankquestion", "deactivate"])
    client.post(f"{address}?bank={other.pk}&id=all&next=/admin/")
    assert not other.questions.filter(active=True).exists()
    assert ours.questions.filter(active=True).count() == 2
    client.post(f"{address.replace('deactivate', 'activate')}?id=all&next=/admin/")
    assert other.questions.filter(active=True).count() == 2


def test_chosen_questions_are_deleted_together(client, editor, ours):
    address = reverse("wagtail_bulk_action", args=["quizzes", "bankquestion", "delete"])
    url = f"{address}?bank={ours.pk}&id=all&next=/admin/"
    assert "Banque du tri : question 1" in client.get(url).content.decode()
    client.post(url)
    assert ours.questions.count() == 0


# -- A bank in use -------------------------------------------------------------------------------------------------


def test_a_bank_from_which_a_quiz_draws_is_kept(client, editor, ours):
    quiz = make_quiz(make_course(make_space(ours.federation)), questions=[draw(ours)], title="Quiz du tri")
    page = unescape(client.get(to(BANKS, "delete", ours.pk)).content.decode())
    assert "Quiz du tri" in page
    assert "Yes, delete" not in page
    assert "Oui, supprimer" not in page
    assert client.post(to(BANKS, "delete", ours.pk)).status_code in {302, 403}
    bulk = f"{reverse('wagtail_bulk_action', args=['quizzes', 'questionbank', 'delete'])}?id={ours.pk}&next=/admin/"
    assert "1 quiz y tire des questions" in unescape(client.get(bulk).content.decode())
    client.post(bulk)
    assert QuestionBank.objects.filter(pk=ours.pk).exists()
    assert "Quiz du tri" in client.get(to(BANKS, "usage", ours.pk)).content.decode()
    quiz.questions = [("single", quiz.questions.stream_block.child_blocks["single"].get_default())]
    quiz.save()
    assert quizzes_drawing_from(ours) == []


def test_a_draft_that_draws_keeps_the_bank_too(client, editor, ours):
    quiz = make_quiz(make_course(make_space(ours.federation)), title="Brouillon")
    quiz.questions = quiz.questions.stream_block.to_python([draw(ours)])
    quiz.save_revision()
    assert quizzes_drawing_from(ours) == [quiz]


def test_a_bank_that_nothing_uses_goes_with_its_questions(client, editor, ours):
    page = unescape(client.get(to(BANKS, "delete", ours.pk)).content.decode())
    assert "il y en a 2" in page
    assert client.post(to(BANKS, "delete", ours.pk)).status_code == 302
    assert not QuestionBank.objects.exists()


def quiz_form(quiz=None, *, bank=None, repeats="") -> dict:
    stream = {"count": "0"}
    if bank:
        value = {"bank": str(bank.pk), "count": "1", "competence": ""}
        stream = {
            "count": "1",
            "0": {"deleted": "", "order": "0", "type": "draw", "id": str(uuid.uuid4()), "value": value},
        }
    return nested_form_data(
        {
            "title": "Quiz inventé",
            "slug": "quiz-invente",
            "summary": "",
            "introduction": "",
            "minutes": "10",
            "required": "on",
            "mode": "positioning" if repeats else "assessment",
            "repeats": repeats,
            "pass_mark": "70",
            "hours_between_attempts": "0",
            "layout": "one",
            "navigation": "free",
            "feedback": "end",
            "questions": stream,
        }
    )


@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_a_quiz_draws_from_the_banks_of_its_federation_only(client, editor, ours, theirs, who):
    course = make_course(make_space(ours.federation))
    bank = {"ours": ours, "theirs": theirs}[who]
    add = reverse("wagtailadmin_pages:add", args=["quizzes", "quizpage", course.pk])
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["quizzes", "quizpage", course.pk])
    assert client.post(preview, quiz_form(bank=bank)).json()["is_valid"] is (who == "ours")
    assert "Banque secrète : question" not in unescape(client.get(preview).content.decode())
    answer = client.post(add, quiz_form(bank=bank))
    course.refresh_from_db()
    assert course.get_children().count() == (1 if who == "ours" else 0)
    assert ("autre fédération" in unescape(answer.content.decode())) is (who == "theirs")


def test_a_quiz_repeats_a_quiz_of_its_federation_only(client, editor, ours, theirs):
    course = make_course(make_space(ours.federation))
    before = make_quiz(make_course(make_space(theirs.federation)), mode="positioning")
    add = reverse("wagtailadmin_pages:add", args=["quizzes", "quizpage", course.pk])
    answer = client.post(add, quiz_form(repeats=str(before.pk)))
    assert "repris est d'une autre fédération" in unescape(answer.content.decode())
    course.refresh_from_db()
    assert course.get_children().count() == 0


def test_a_draw_says_how_many_questions_its_bank_offers(client, editor, ours):
    quiz = make_quiz(make_course(make_space(ours.federation)), questions=[draw(ours)])
    page = unescape(client.get(reverse("wagtailadmin_pages:edit", args=[quiz.pk])).content.decode())
    assert "Banque du tri (2 questions)" in page
    assert "Choisir une autre banque" in page


def test_the_form_of_a_hundred_questions_is_read(client, editor, ours):
    course = make_course(make_space(ours.federation))
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["quizzes", "quizpage", course.pk])
    fields = {f"questions-0-value-{number}": "" for number in range(100 * 60)}
    assert client.post(preview, {**fields, **quiz_form(bank=ours)}).json()["is_valid"]


# -- Numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewset", [BANKS, QUESTIONS])
def test_a_longer_list_takes_no_more_queries(client, editor, ours, viewset, django_assert_max_num_queries):
    address = to(viewset, "list")
    client.get(address)
    with django_assert_max_num_queries(100) as few:
        client.get(address)
    for number in range(10):
        make_bank(ours.federation, f"Banque {number}", questions=2)
    with django_assert_max_num_queries(len(few)):
        assert client.get(address).status_code == 200


def test_what_a_chooser_gives_back_is_ours(client, member, ours):
    chosen = client.get(to(BANKS.chooser_viewset, "chosen", ours.pk))
    assert json.loads(chosen.content)["result"]["string"] == "Banque du tri (2 questions)"


def test_a_question_is_saved_only_when_asked(client, ours):
    client.force_login(MembershipFactory(federation=ours.federation, role="editor").user)
    edit = reverse(QUESTIONS.get_url_name("edit"), args=[ours.questions.first().pk])
    for url in (reverse(QUESTIONS.get_url_name("add")), edit):
        assert "data-w-autosave-interval-value" not in client.get(url).content.decode()
