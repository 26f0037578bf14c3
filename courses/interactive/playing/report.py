"""The results of interactive activities in Wagtail's admin, for their federation.

The activities, how one of them went, its people, what one person answered, downloads. All of it was declared by the
browsers of learners: each page and each table says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import Avg, Count, Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.models import Page, ReferenceIndex

from courses.catalog.admin_pages import activity_crumbs, admin_page, crumbs, forbidden_as_such, page_of
from courses.catalog.downloads import KINDS, send
from courses.catalog.figures import distribution, time_chart
from courses.catalog.lists import after_place, named, place_of
from courses.catalog.models import CoursePage, LessonPage
from courses.catalog.rights import in_spaces_of, looks_after_a_space
from courses.interactive.packages.models import Package
from people.models import User

from . import downloads
from .models import NO_BLOCK, InteractivePage, Registration
from .places import activity_iri
from .statistics import SAMPLE, answers_of, overview, parts, registrations_in

ICON = "table"
SHOWN = 50


# -- The activities ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity that has results: an interactive page, or a block of a lesson. `package_id` is None for one removed.

    `block_id` is NO_BLOCK on an interactive page.
    """

    page: InteractivePage | LessonPage
    block_id: UUID
    title: str
    package_id: int | None

    @property
    def in_lesson(self) -> bool:
        """Whether it stands in a lesson."""
        return self.block_id != NO_BLOCK

    @property
    def arguments(self) -> list[Any]:
        """What the addresses of its pages are made with."""
        return [self.page.pk, self.block_id] if self.in_lesson else [self.page.pk]

    def url(self, name: str, *more: Any) -> str:
        """Return the address of one of its pages: «», «_people», «_person», «_download»."""
        return reverse(f"playing_report{name}", args=[*self.arguments, *more])

    @property
    def report_url(self) -> str:
        """The address of its report."""
        return self.url("")

    @property
    def people_url(self) -> str:
        """The address of its people."""
        return self.url("_people")

    @property
    def iri(self) -> str:
        """What xAPI calls it."""
        return activity_iri(self.page.pk, self.block_id)


def _blocks(lesson: LessonPage) -> dict[UUID, tuple[int, str]]:
    """Return the package and the title of each interactive block of a lesson, in order, without a query."""
    found = {}
    for raw in lesson.body.raw_data:
        value = raw["value"]
        if raw["type"] == "interactive" and raw.get("id") and value.get("package"):
            found[UUID(raw["id"])] = (int(value["package"]), str(value.get("title") or ""))
    return found


def _activities_of(
    page: InteractivePage | LessonPage, titles: dict[int, str], opened: Sequence[UUID]
) -> list[Activity]:
    """Return the activities of a page; `opened` are the blocks that people have opened, those removed since too."""
    if isinstance(page, InteractivePage):
        return [Activity(page, NO_BLOCK, page.title, page.package_id)]
    blocks = _blocks(page)
    found = [
        Activity(page, block, title or titles.get(package) or page.title, package)
        for block, (package, title) in blocks.items()
    ]
    removed = [block for block in opened if block not in blocks and block != NO_BLOCK]
    return found + [Activity(page, block, _("Activité retirée de la leçon"), None) for block in removed]


def _pages_with_activities(user: User) -> QuerySet[Page]:
    """Return the pages of the person's federations that hold activities, or results of some, in their order."""
    interactive, lesson, package = (
        ContentType.objects.get_for_model(model) for model in (InteractivePage, LessonPage, Package)
    )
    named_by = ReferenceIndex.objects.filter(content_type=lesson, to_content_type=package)
    holding = named_by.annotate(page=Cast("object_id", IntegerField())).values("page")
    opened = Exists(Registration.objects.filter(page=OuterRef("pk")))
    kinds = Q(content_type=interactive) | Q(Q(pk__in=holding) | opened, content_type=lesson)
    return Page.objects.filter(in_spaces_of(user), kinds).order_by("path")


def _specific(pages: Sequence[Page]) -> list[InteractivePage | LessonPage]:
    numbers = [page.pk for page in pages]
    found: dict[int, InteractivePage | LessonPage] = {}
    found |= InteractivePage.objects.in_bulk(numbers)
    found |= LessonPage.objects.in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _rows(pages: Sequence[InteractivePage | LessonPage]) -> list[dict[str, Any]]:
    """Return the activities of some pages with how they go. Three queries."""
    figures = {
        (row["page"], row["block_id"]): row
        for row in Registration.objects.filter(page__in=[page.pk for page in pages])
        .values("page", "block_id")
        .annotate(people=Count("*"), done=Count("done_at"), mean=Avg("score"))
        .order_by()
    }
    used = {package for page in pages if isinstance(page, LessonPage) for package, _title in _blocks(page).values()}
    titles = dict(Package.objects.filter(pk__in=used).values_list("pk", "title"))
    course_paths = {page.path[: -page.steplen] for page in pages}
    courses = {course.path: course for course in CoursePage.objects.filter(path__in=course_paths)}
    rows = []
    for page in pages:
        opened = [block for number, block in figures if number == page.pk]
        for activity in _activities_of(page, titles, opened):
            figure = figures.get((page.pk, activity.block_id), {"people": 0, "mean": None})
            mean = None if figure["mean"] is None else 100 * figure["mean"]
            course = courses[page.path[: -page.steplen]]
            rows.append({**figure, "mean": mean, "activity": activity, "course": course})
    return rows


@forbidden_as_such
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """List the interactive activities of the person's federations with how they go."""
    user: User = request.user  # type: ignore[assignment]
    if not looks_after_a_space(user):
        raise Http404
    page = page_of(request, _pages_with_activities(user))
    context = {"rows": _rows(_specific(list(page))), "page": page}
    way = crumbs((reverse("playing_results"), _("Résultats des activités")))
    return admin_page(request, "playing/admin/results.html", _("Résultats des activités"), way, context, icon=ICON)


# -- One activity --------------------------------------------------------------------------------------------------


def _page_or_404(user: User, page_id: int) -> InteractivePage | LessonPage:
    for model in (InteractivePage, LessonPage):
        found: InteractivePage | LessonPage | None = model.objects.filter(in_spaces_of(user), pk=page_id).first()
        if found is not None:
            return found
    raise Http404


def activity_or_404(user: User, page_id: int, block_id: UUID) -> Activity:
    """Return an activity of the person's federations. Raises Http404 for any other."""
    return _activity_in(_page_or_404(user, page_id), block_id)


def _activity_in(page: InteractivePage | LessonPage, block_id: UUID) -> Activity:
    opened = []
    titles: dict[int, str] = {}
    if isinstance(page, LessonPage):
        blocks = _blocks(page)
        if block_id in blocks:
            titles = dict(Package.objects.filter(pk=blocks[block_id][0]).values_list("pk", "title"))
        elif registrations_in(page.pk, block_id).exists():
            opened = [block_id]
    for activity in _activities_of(page, titles, opened):
        if activity.block_id == block_id:
            return activity
    raise Http404


def _may_publish(user: Any, activity: Activity) -> bool:
    """Whether a person may see e-mail addresses: whoever may publish the page, as for quizzes."""
    return bool(activity.page.permissions_for_user(user).can_publish())


def _way(activity: Activity, *more: tuple[str, str]) -> list[dict[str, str]]:
    label = _("Résultats : %s") % activity.title if activity.in_lesson else _("Résultats")
    return activity_crumbs(activity.page, (activity.report_url, label), *more)


@forbidden_as_such
@never_cache
@require_safe
def report(request: HttpRequest, page_id: int, block_id: UUID = NO_BLOCK) -> HttpResponse:
    """Show how an activity went, and how each question in it did. For a lesson without a block: its activities."""
    page = _page_or_404(request.user, page_id)  # type: ignore[arg-type]
    if block_id == NO_BLOCK and isinstance(page, LessonPage):
        return _lesson(request, page)
    activity = _activity_in(page, block_id)
    registrations = registrations_in(activity.page.pk, activity.block_id)
    whole = overview(registrations)
    context: dict[str, Any] = {
        "activity": activity,
        "overview": whole,
        "course": activity.page.course,
        "sample": SAMPLE,
        "tables": _tables(activity),
    }
    if whole.people:
        context |= {
            "bars": distribution(whole.scores) if whole.scores.total else None,
            "time": time_chart(whole.seconds),
            "parts": parts(
                registrations, activity.page.course.federation_id, activity.iri, _content(activity.package_id)
            ),
        }
    title = _("Résultats : %s") % activity.title
    return admin_page(request, "playing/admin/report.html", title, _way(activity), context, icon=ICON)


def _content(package_id: int | None) -> Any:
    """Return what an H5P content is made of, None for another one."""
    if package_id is None:
        return None
    return Package.objects.filter(pk=package_id).values_list("current__content", flat=True).first()


def _lesson(request: HttpRequest, lesson: LessonPage) -> HttpResponse:
    """Lead to the only activity of a lesson, or list them all."""
    rows = _rows([lesson])
    if len(rows) == 1:
        return redirect(rows[0]["activity"].report_url)
    if not rows:
        raise Http404
    title = _("Résultats : %s") % lesson.title
    way = activity_crumbs(lesson, (reverse("playing_report", args=[lesson.pk]), _("Résultats")))
    return admin_page(request, "playing/admin/results.html", title, way, {"rows": rows}, icon=ICON)


# -- Its people ----------------------------------------------------------------------------------------------------


class PeopleFilters(forms.Form):
    """What the list of people is narrowed to. What is not a valid filter narrows nothing."""

    person = forms.CharField(label=gettext_lazy("Personne"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=gettext_lazy("État"),
        required=False,
        choices=[
            ("", gettext_lazy("Tous")),
            ("faite", gettext_lazy("Faite")),
            ("en-cours", gettext_lazy("En cours")),
        ],
    )

    def narrow(self, registrations: QuerySet[Registration], *, by_address: bool) -> QuerySet[Registration]:
        """Keep the people who are asked for. `by_address`: a person is found by their e-mail address too."""
        self.is_valid()
        found = named(registrations, self.cleaned_data.get("person", ""), by_address=by_address)
        if state := self.cleaned_data.get("state"):
            found = found.filter(done_at__isnull=state == "en-cours")
        return found

    def query(self) -> dict[str, str]:
        """Return the filters that hold, as the address says them."""
        self.is_valid()
        return {name: self.data[name] for name, value in self.cleaned_data.items() if value}


def people_in(activity: Activity, data: QueryDict, *, by_address: bool) -> tuple[PeopleFilters, QuerySet[Registration]]:
    """Return the filters of an address, and the registrations that they keep, the latest first."""
    filters = PeopleFilters(data)
    found = filters.narrow(registrations_in(activity.page.pk, activity.block_id), by_address=by_address)
    return filters, found.select_related("user__profile__structure").order_by("-last_at", "-pk")


def _percent(registration: Registration) -> Decimal | None:
    return None if registration.score is None else 100 * registration.score


@forbidden_as_such
@never_cache
@require_safe
def people(request: HttpRequest, page_id: int, block_id: UUID = NO_BLOCK) -> HttpResponse:
    """List the people who opened an activity, the latest first."""
    activity = activity_or_404(request.user, page_id, block_id)  # type: ignore[arg-type]
    filters, found = people_in(activity, request.GET, by_address=_may_publish(request.user, activity))
    place = request.GET.get("apres", "")
    rows = list(after_place(found, place, "last_at")[: SHOWN + 1])
    query = filters.query()
    later = ""
    if len(rows) > SHOWN:
        last = rows[SHOWN - 1]
        later = f"?{urlencode({**query, 'apres': place_of(last.last_at, last.pk)})}"
    context = {
        "activity": activity,
        "filters": filters,
        "rows": [
            {
                "registration": row,
                "structure": downloads.structure_of(row.user),
                "percent": _percent(row),
                "url": activity.url("_person", row.pk),
            }
            for row in rows[:SHOWN]
        ],
        "query": f"?{urlencode(query)}" if query else "",
        "later": later,
        "is_first": not place,
        "tables": _tables(activity),
    }
    way = _way(activity, (activity.people_url, _("Personnes")))
    title = _("Personnes : %s") % activity.title
    return admin_page(request, "playing/admin/people.html", title, way, context, icon=ICON)


@forbidden_as_such
@never_cache
@require_safe
def person(request: HttpRequest, page_id: int, registration_id: UUID, block_id: UUID = NO_BLOCK) -> HttpResponse:
    """Show what one person did and answered in an activity."""
    activity = activity_or_404(request.user, page_id, block_id)  # type: ignore[arg-type]
    registrations = registrations_in(activity.page.pk, activity.block_id).select_related("user", "version__package")
    found = get_object_or_404(registrations, pk=registration_id)
    name = found.user.display_name
    context = {
        "activity": activity,
        "registration": found,
        "percent": _percent(found),
        "answers": answers_of(found, activity.page.course.federation_id, activity.iri),
    }
    way = _way(activity, (activity.people_url, _("Personnes")), (activity.url("_person", found.pk), name))
    return admin_page(request, "playing/admin/person.html", name, way, context, icon="user")


# -- Downloads -----------------------------------------------------------------------------------------------------


def _tables(activity: Activity) -> dict[str, dict[str, str]]:
    """Return the addresses of the downloads, by table and kind."""
    return {what: {kind: activity.url("_download", what, kind) for kind in KINDS} for what in downloads.TABLES}


@forbidden_as_such
@never_cache
@require_safe
def download(request: HttpRequest, page_id: int, what: str, kind: str, block_id: UUID = NO_BLOCK) -> HttpResponseBase:
    """Send the people, as their list is filtered, or their answers, as CSV or as a workbook.

    Names are left out on demand; e-mail addresses are for those who may publish the page.
    """
    activity = activity_or_404(request.user, page_id, block_id)  # type: ignore[arg-type]
    if kind not in KINDS or what not in downloads.TABLES:
        raise Http404
    may_see_addresses = _may_publish(request.user, activity)
    _filters, found = people_in(activity, request.GET, by_address=may_see_addresses)
    anonymous = request.GET.get("anonyme") == "1"
    if what == "personnes":
        table = downloads.people_table(found, anonymous=anonymous, addresses=may_see_addresses)
    else:
        federation_id = activity.page.course.federation_id
        table = downloads.answers_table(found, federation_id, anonymous=anonymous, addresses=may_see_addresses)
    day = timezone.localdate().isoformat()
    return send(table, kind, f"{what}-{slugify(activity.title)[:60] or activity.page.slug}-{day}")
