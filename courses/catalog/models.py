"""The catalogue's pages (catalogue → federation → module → lesson) and the referential that modules aim at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, ClassVar, cast

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from courses.interactive.packages.page_forms import ChosenPackagesForm
from courses.questions.advising import Advice, advise
from courses.questions.panels import AdvicePanel
from courses.questions.raw import questions_from_raw
from pages.blocks import ContentBlock
from pages.models import BasePage
from people.models import Federation, User

from .blocks import LessonBlock
from .body import answered_check, render_body
from .signals import lesson_viewed


class Theme(models.Model):
    """A subject under which modules are found."""

    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    title = models.CharField(_("titre"), max_length=80)
    description = models.CharField(_("description"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    panels = [FieldPanel("title"), FieldPanel("slug"), FieldPanel("description"), FieldPanel("position")]

    class Meta:
        verbose_name = _("thème")
        verbose_name_plural = _("thèmes")
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title


class Referential(models.Model):
    """A certification whose competences modules aim at, as registered by France compétences."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("intitulé"), max_length=200)
    url = models.URLField(_("fiche officielle"), blank=True)
    consulted_on = models.DateField(_("vérifié le"))

    class Meta:
        verbose_name = _("référentiel")
        verbose_name_plural = _("référentiels")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.title} ({self.code})"


class Competence(models.Model):
    """An activity of a referential (no parent) or one of the competences that make it up."""

    referential = models.ForeignKey(
        Referential, verbose_name=_("référentiel"), on_delete=models.CASCADE, related_name="competences"
    )
    parent = models.ForeignKey(
        "self", verbose_name=_("activité"), null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    code = models.CharField(_("code"), max_length=10)
    title = models.CharField(_("intitulé"), max_length=250)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    panels = [
        FieldPanel("referential"),
        FieldPanel("parent"),
        FieldPanel("code"),
        FieldPanel("title"),
        FieldPanel("position"),
    ]

    class Meta:
        verbose_name = _("compétence")
        verbose_name_plural = _("compétences")
        ordering = ["referential", "position"]
        constraints = [models.UniqueConstraint(fields=["referential", "code"], name="competence_code_is_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class CatalogPage(BasePage):
    """«Formations»: every published module, with filters and search."""

    introduction = models.TextField(_("introduction"), blank=True, max_length=400)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["catalog.FederationPage"]
    max_count = 1
    template = "catalog/catalog.html"

    class Meta:
        verbose_name = _("catalogue")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the modules that match the filters of the address."""
        from .search import CatalogSearch

        return {**super().get_context(request, *args, **kwargs), "search": CatalogSearch(request.GET)}


class FederationPage(BasePage):
    """A federation's own space: what it says of itself and its modules; the root of its publishing rights."""

    federation = models.OneToOneField(
        Federation, verbose_name=_("fédération"), on_delete=models.PROTECT, related_name="page"
    )
    introduction = models.TextField(_("présentation"), blank=True, max_length=1000)

    content_panels = [
        *Page.content_panels,
        FieldPanel("federation", permission="people.change_federation"),
        FieldPanel("introduction"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]
    parent_page_types = ["catalog.CatalogPage"]
    subpage_types = ["catalog.CoursePage"]
    template = "catalog/federation.html"

    class Meta:
        verbose_name = _("espace de fédération")
        verbose_name_plural = _("espaces de fédération")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the federation's published modules."""
        courses = CoursePage.objects.child_of(self).live().public().for_cards()
        return {**super().get_context(request, *args, **kwargs), "courses": courses}


class CourseQuerySet(PageQuerySet):
    """Reads of modules that several pages share."""

    def for_cards(self) -> CourseQuerySet:
        """Fetch what a card shows, in two queries whatever the number of cards."""
        return self.select_related("federation").prefetch_related("themes").defer("objectives", "introduction")


class CoursePage(BasePage):
    """A module: what it teaches, to whom, how long it takes, who answers for it, and on which sources it rests.

    Its children, in tree order, are its activities.
    """

    class Level(models.TextChoices):
        DISCOVERY = "decouverte", _("Découverte")
        DEEPENING = "approfondissement", _("Approfondissement")
        EXPERTISE = "expertise", _("Expertise")

    summary = models.CharField(
        _("résumé"),
        max_length=300,
        help_text=_("Deux phrases au plus : à quoi sert ce module. Montré dans le catalogue."),
    )
    objectives = StreamField(
        [("objective", blocks.CharBlock(label=_("Objectif"), max_length=250))],
        verbose_name=_("objectifs"),
        help_text=_("À la fin du module, l'apprenant sait… Un verbe d'action par objectif."),
    )
    introduction = StreamField(ContentBlock(), verbose_name=_("présentation détaillée"), blank=True)
    themes = ParentalManyToManyField(Theme, verbose_name=_("thèmes"), related_name="courses")
    level = models.CharField(_("niveau"), max_length=20, choices=Level, default=Level.DISCOVERY)
    minutes = models.PositiveSmallIntegerField(
        _("durée estimée (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(6000)]
    )
    competences = ParentalManyToManyField(
        Competence, verbose_name=_("compétences visées"), blank=True, related_name="courses"
    )
    reviewed_on = models.DateField(
        _("à jour au"), help_text=_("Date de la dernière relecture complète, montrée à l'apprenant.")
    )
    open_access = models.BooleanField(
        _("lecture sans compte"),
        default=True,
        help_text=_(
            "Coché : tout le monde lit les leçons. Suivre le module et passer le quiz demande toujours un compte."
        ),
    )
    federation = models.ForeignKey(
        Federation, verbose_name=_("fédération"), editable=False, on_delete=models.PROTECT, related_name="courses"
    )

    objects = PageManager.from_queryset(CourseQuerySet)()

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("objectives"),
        MultiFieldPanel(
            [
                FieldPanel("level"),
                FieldPanel("minutes"),
                FieldPanel("themes"),
                FieldPanel("open_access"),
                FieldPanel("reviewed_on"),
            ],
            heading=_("Pour s'y retrouver"),
        ),
        FieldPanel("competences"),
        FieldPanel("introduction"),
        InlinePanel("sources", heading=_("Sources"), label=_("Source")),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("objectives"),
        index.FilterField("federation_id"),
        index.FilterField("level"),
        index.FilterField("minutes"),
    ]
    parent_page_types = ["catalog.FederationPage"]
    template = "catalog/course.html"

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the federation of the space that the module stands in, so that the catalogue filters without a join."""
        parent = FederationPage.objects.ancestor_of(self).last()
        if parent is not None:
            self.federation_id = parent.federation_id
        super().save(*args, **kwargs)

    def is_readable_by(self, user: User | AnonymousUser) -> bool:
        """Whether this person may read the lessons: everyone if the module says so, else any signed-in person."""
        return self.open_access or user.is_authenticated

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the activities and the competences, grouped by activity of the referential."""
        return {
            **super().get_context(request, *args, **kwargs),
            "activities": course_activities(self),
            "course_themes": self.themes.all(),
            "competences": self.competences.select_related("parent", "referential").order_by("referential", "position"),
            "readable": self.is_readable_by(request.user),
        }


class CourseSource(Orderable):
    """A document that the module rests on."""

    course = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(_("titre"), max_length=250)
    publisher = models.CharField(_("organisme"), max_length=150)
    url = models.URLField(_("adresse"), blank=True, max_length=500)
    published_on = models.DateField(_("publié le"), null=True, blank=True)
    consulted_on = models.DateField(_("vérifié le"))

    class Meta(Orderable.Meta):
        verbose_name = _("source")


class Activity(models.Model):
    """What every activity of a module has, whatever its kind. Mixed into the page types that a module may hold."""

    activity_kind: ClassVar[str]

    summary = models.CharField(_("résumé"), max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("durée estimée (minutes)"), default=15, validators=[MinValueValidator(1), MaxValueValidator(600)]
    )
    required = models.BooleanField(
        _("obligatoire"), default=True, help_text=_("Décoché : l'activité ne compte pas pour terminer le module.")
    )

    class Meta:
        abstract = True

    @cached_property
    def course(self) -> CoursePage:
        """The module that the activity belongs to."""
        return course_of(cast("Page", self))

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the activity, unless its module is not published: then it does not exist yet, or no longer."""
        if not self.course.live and not getattr(request, "is_preview", False):
            raise Http404
        return super().serve(request, *args, **kwargs)  # type: ignore[misc]  # Wagtail's Page comes next


class LessonPage(Activity, BasePage):  # type: ignore[django-manager-missing]  # Wagtail gives `objects`
    """A lesson: what a person reads in one go, with questions to check oneself along the way."""

    class Layout(models.TextChoices):
        PAGE = "page", _("Une page")
        SLIDES = "slides", _("Diapositives : une par titre")

    base_form_class = ChosenPackagesForm
    activity_kind = "lesson"

    layout = models.CharField(
        _("présentation"),
        max_length=10,
        choices=Layout,
        default=Layout.PAGE,
        help_text=_(
            "En diapositives, chaque titre de partie ouvre une diapositive : on avance d'une à l'autre, aussi en plein "
            "écran devant un groupe. Ce qui précède le premier titre fait la première. Imprimée ou sans JavaScript, "
            "la leçon reste une page."
        ),
    )
    body = StreamField(LessonBlock(), verbose_name=_("contenu"))

    content_panels = [
        AdvicePanel(),
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel([FieldPanel("minutes"), FieldPanel("required")], heading=_("Dans le module")),
        FieldPanel("layout"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    parent_page_types = ["catalog.CoursePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "catalog/lesson.html"

    class Meta:
        verbose_name = _("leçon")
        verbose_name_plural = _("leçons")

    def get_advice(self) -> Advice:
        """Return what could be better in the questions before publishing. No result by competence comes from them."""
        questions = questions_from_raw(self.body.get_prep_value() if self.body else [])
        return advise(enumerate(questions, 1), by_competence=False)

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the lesson, or the sign-in page where the module asks for an account.

        With htmx, an answer to an inline question gets the question alone.
        """
        is_preview = getattr(request, "is_preview", False)
        if not self.course.is_readable_by(request.user):
            sign_in = redirect_to_login(self.get_url(request))
            return HttpResponseClientRedirect(sign_in.url) if request.htmx else sign_in
        check = answered_check(self, request.GET)
        if check is not None and request.htmx and self.course.live:
            response: HttpResponse = TemplateResponse(request, "questions/check.html", {"check": check})
        else:
            if request.user.is_authenticated and self.course.live and not is_preview:
                lesson_viewed.send(LessonPage, lesson=self, user=request.user)
            response = super().serve(request, *args, check=check, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the module, the neighbours and the rendered body."""
        activities = course_activities(self.course)
        position = next((i for i, a in enumerate(activities) if a.id == self.pk), None)
        return {
            **super().get_context(request, *args, **kwargs),
            "course": self.course,
            "activities": activities,
            "position": position,
            "previous_activity": activities[position - 1] if position else None,
            "next_activity": (
                activities[position + 1] if position is not None and position + 1 < len(activities) else None
            ),
            "body": render_body(self, check=kwargs.get("check"), preview=getattr(request, "is_preview", False)),
        }


@dataclass(frozen=True, slots=True)
class ActivityItem:
    """An activity as lists and progress see it: no content, just what names and places it."""

    id: int
    title: str
    slug: str
    kind: str
    minutes: int
    required: bool
    url: str


def activity_models() -> list[type[Activity]]:
    """Return the page types that can be an activity; each installed app adds its own by inheriting Activity."""
    return sorted(Activity.__subclasses__(), key=lambda model: model.activity_kind)


def course_of(page: Page) -> CoursePage:
    """Return the module that an activity belongs to, with its federation, in one query."""
    return CoursePage.objects.select_related("federation").get(path=page.path[: -page.steplen])


def course_activities(course: CoursePage) -> list[ActivityItem]:
    """Return the published activities of a module in course order, in one query."""
    return activities_by_course([course])[course.pk]


def activities_by_course(courses: Sequence[CoursePage]) -> dict[int, list[ActivityItem]]:
    """Return the published activities of several modules, by module id, in course order, in one query."""
    found: dict[int, list[ActivityItem]] = {course.pk: [] for course in courses}
    if not courses:
        return found
    by_path = {course.path: course for course in courses}
    children = reduce(or_, (Q(path__startswith=path, depth=len(path) // Page.steplen + 1) for path in by_path))
    rows = [
        cast("type[Page]", model)
        .objects.live()
        .filter(children)
        .order_by()
        .values_list("pk", "title", "slug", Value(model.activity_kind), "minutes", "required", "path")
        for model in activity_models()
    ]
    for pk, title, slug, kind, minutes, required, path in rows[0].union(*rows[1:], all=True).order_by("path"):
        course = by_path[path[: -Page.steplen]]
        url = f"{course.url}{slug}/"
        found[course.pk].append(ActivityItem(pk, title, slug, kind, minutes, required, url))
    return found
