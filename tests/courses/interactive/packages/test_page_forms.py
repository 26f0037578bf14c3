"""A page plays the packages that its editor may choose."""

import pytest
from wagtail.test.utils.form_data import nested_form_data, streamfield

from courses.catalog.services import federation_collection
from tests.courses.factories import make_course, make_lesson, make_space
from tests.courses.interactive.factories import PackageFactory, make_interactive
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
REFUSED = "à votre disposition"


@pytest.fixture
def space():
    return make_space()


@pytest.fixture
def editor(space):
    return MembershipFactory(federation=space.federation, role="editor").user


@pytest.fixture
def own(space):
    return PackageFactory(collection=federation_collection(space.federation))


@pytest.fixture
def foreign():
    return PackageFactory(collection=federation_collection(make_space().federation))


def errors(page, user, **data):
    """Return what the editing form says of a page sent with these values besides its own."""
    form_class = page.get_edit_handler().get_form_class()
    comments = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 0}
    sent = {"title": page.title, "slug": page.slug, "minutes": page.minutes, "comments": comments} | data
    form = form_class(nested_form_data(sent), instance=page, parent_page=page.get_parent(), for_user=user)
    form.is_valid()
    return str(form.non_field_errors())


def test_an_activity_takes_a_package_of_one_s_federation(space, editor, own):
    page = make_interactive(make_course(space))
    assert REFUSED not in errors(page, editor, package=own.pk, rule="completed", pass_mark=70)


def test_an_activity_refuses_a_package_of_another_federation(space, editor, own, foreign):
    page = make_interactive(make_course(space), own)
    assert REFUSED in errors(page, editor, package=foreign.pk, rule="completed", pass_mark=70)


def test_a_package_that_was_there_before_stays(space, editor, foreign):
    page = make_interactive(make_course(space), foreign)
    assert REFUSED not in errors(page, editor, package=foreign.pk, rule="completed", pass_mark=70)


@pytest.mark.parametrize(("whose", "refused"), [("own", False), ("foreign", True)])
def test_a_lesson_s_blocks_are_looked_at_too(request, space, editor, whose, refused):
    lesson = make_lesson(make_course(space))
    package = request.getfixturevalue(whose)
    body = streamfield([("interactive", {"package": package.pk, "title": "", "alternative": ""})])
    assert (REFUSED in errors(lesson, editor, body=body, layout="page")) is refused
