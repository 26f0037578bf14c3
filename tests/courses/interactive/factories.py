"""Factories of interactive contents: a package with its versions, its page in a module, what people did there."""

import hashlib
import uuid

import factory
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory

from courses.interactive.lrs.models import Statement
from courses.interactive.packages.models import Library, Package, PackageVersion
from courses.interactive.playing.models import InteractivePage, PlayState, Registration
from tests.courses.factories import make_course
from tests.factories import UserFactory

ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"


class LibraryFactory(DjangoModelFactory):
    """A library whose files are not in the storage."""

    class Meta:
        model = Library
        django_get_or_create = ("machine_name", "major", "minor")

    machine_name = "H5P.TrueFalse"
    major = 1
    minor = 8
    patch = 0
    title = "Vrai ou faux"
    runnable = True


class PackageFactory(DjangoModelFactory):
    """A package with its first version, the current one. Nothing is in the storage. `versions=False`: none."""

    class Meta:
        model = Package
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Contenu {n}")
    kind = Package.Kind.H5P

    @factory.post_generation
    def versions(self, create, extracted, **kwargs):
        if create and extracted is not False:
            self.current = PackageVersionFactory(package=self, **kwargs)
            self.save()


class PackageVersionFactory(DjangoModelFactory):
    """A version that is stored beside the current one; `PackageFactory` makes its first one by itself."""

    class Meta:
        model = PackageVersion

    package = factory.SubFactory(PackageFactory, versions=False)
    number = factory.LazyAttribute(lambda made: made.package.versions.count() + 1)
    filename = factory.LazyAttribute(lambda made: "contenu.h5p" if made.package.kind == "h5p" else "contenu.zip")
    size = 1000
    digest = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())


def make_interactive(course=None, package=None, **fields) -> InteractivePage:
    """Return a published activity of a module that plays a package."""
    course = course or make_course()
    number = course.get_children().count() + 1
    values = {"title": f"Activité {number}", "slug": f"activite-{number}", "minutes": 10} | fields
    return course.add_child(instance=InteractivePage(package=package or PackageFactory(), **values))


class RegistrationFactory(DjangoModelFactory):
    """A person who has opened an activity; give `page` for one that is there already."""

    class Meta:
        model = Registration

    user = factory.SubFactory(UserFactory)
    page = factory.LazyFunction(make_interactive)
    version = factory.LazyAttribute(lambda made: made.page.package.current)
    last_at = factory.LazyFunction(timezone.now)


class PlayStateFactory(DjangoModelFactory):
    class Meta:
        model = PlayState

    registration = factory.SubFactory(RegistrationFactory)
    key = "0/state"
    data = factory.LazyFunction(dict)


def place_iri(page_id, block_id=None, part="") -> str:
    """Return the activity id of a place, as statements name it; `part` is the sub-content."""
    block = f"{block_id}/" if block_id else ""
    sub = f"?subContentId={part}" if part else ""
    return f"{settings.WAGTAILADMIN_BASE_URL}/activites/{page_id}/{block}{sub}"


class StatementFactory(DjangoModelFactory):
    """A statement as stored; `registration` is the id of one. Its `raw` says no more than its columns."""

    class Meta:
        model = Statement

    id = factory.LazyFunction(uuid.uuid4)
    agent = "account:https://exemple.fr|1"
    verb = ANSWERED
    activity = "https://exemple.fr/activites/1/"
    timestamp = factory.LazyFunction(timezone.now)
    raw = factory.LazyAttribute(
        lambda made: {
            "id": str(made.id),
            "actor": {"objectType": "Agent", "account": {"homePage": "https://exemple.fr", "name": "1"}},
            "verb": {"id": made.verb},
            "object": {"objectType": "Activity", "id": made.activity},
            "timestamp": made.timestamp.isoformat(),
        }
    )
