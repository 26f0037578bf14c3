"""Make pages out of texts, and bring them up to date when the texts change, without ever losing what people did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.images import ImageFile as DjangoImageFile
from django.db import transaction
from django.utils import timezone
from wagtail.blocks import StreamValue
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Collection, Page, Revision

from courses.catalog.models import CatalogPage, Competence, CoursePage, FederationPage, LessonPage, Theme
from courses.catalog.services import federation_collection
from courses.interactive.packages.faults import RefusedError
from courses.interactive.packages.models import Package
from courses.interactive.playing.models import InteractivePage
from courses.quizzes.models import QuizPage
from people.models import Federation, User

from . import ids, streams
from .faults import Fault, PackError
from .interactive import PackageShelf, content_faults, stored_libraries
from .models import PackImage, PackItem
from .questions import Question, Target
from .reading import Activity, ImageFile, Interactive, Known, Pack, Quiz, Text
from .schema import LessonFront


@dataclass(slots=True)
class LoadReport:
    """What a load did, by titles of pages. Every title is in one list, but for the modules put back in order."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report in French, one line for each kind of outcome; unchanged pages are only counted."""
        told = (
            ("Créées", self.created),
            ("Mises à jour", self.updated),
            ("Retouchées, déplacées ou dépubliées sur le site, donc laissées telles quelles", self.kept),
            ("Retirées du pack, donc dépubliées", self.unpublished),
            ("Modules remis dans l'ordre du pack", self.reordered),
        )
        lines = [f"{label} ({len(titles)}) : {' ; '.join(titles)}" for label, titles in told if titles]
        return [*lines, f"Inchangées : {len(self.unchanged)}"]


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as a text describes it. `values` gives its fields: plain values, raw streams, related objects, child rows.

    `file` and `lines` (by name of a stream, the line of each of its blocks) say where a fault stands.
    """

    key: str
    model: type[Page]
    values: Mapping[str, Any]
    file: str
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def checksum(self) -> str:
        """Changes with whatever the page would hold, and with what it refers to."""

        def plain(value: Any) -> Any:
            return value.isoformat() if isinstance(value, date) else value.pk

        return hashlib.sha256(json.dumps(self.values, default=plain, sort_keys=True).encode()).hexdigest()


class ImageShelf:
    """Puts images of packs in the library, each once. Files that a failed load stored are taken away again."""

    def __init__(self) -> None:
        self.stored: list[Any] = []

    def put(self, pack: str, images: Mapping[str, ImageFile], collection: Collection) -> dict[str, int]:
        """Return the id of the library's image for each file name."""
        return {name: self._one(pack, name, file, collection) for name, file in images.items()}

    def _one(self, pack: str, name: str, file: ImageFile, collection: Collection) -> int:
        known = PackImage.objects.filter(pack=pack, file=name, checksum=file.checksum).first()
        if known is None:
            with file.path.open("rb") as opened:
                image = get_image_model()(title=Path(name).stem, collection=collection)
                image.file.save(name, DjangoImageFile(opened, name=name), save=False)
                self.stored.append(image)
                image.file_size = file.path.stat().st_size
                image.file_hash = hashlib.sha1(file.path.read_bytes(), usedforsecurity=False).hexdigest()
                image.save()
            known = PackImage.objects.create(pack=pack, file=name, checksum=file.checksum, image=image)
        return known.image_id

    def forget(self) -> None:
        """Remove the stored files: the rows that named them were rolled back."""
        for image in self.stored:
            image.file.storage.delete(image.file.name)


class Loading:
    """One load: its options, what it did so far, and the faults that only the database could show."""

    def __init__(self, *, overwrite: bool = False, user: User | None = None) -> None:
        self.overwrite = overwrite
        self.user = user
        self.report = LoadReport()
        self.faults: list[Fault] = []
        self.images = ImageShelf()
        self.packages = PackageShelf()
        self.made: set[int] = set()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all or nothing: any fault undoes the whole load and is raised with the others as PackError."""
        try:
            with transaction.atomic():
                # Two loads at once would make the same pages twice: the second waits for the first.
                list(CatalogPage.objects.select_for_update(of=("self",)).values_list("pk"))
                yield
                self._refuse()
        except BaseException:
            self.images.forget()
            self.packages.forget()
            raise

    def _refuse(self) -> None:
        if self.faults:
            raise PackError(self.faults)

    # -- One page --------------------------------------------------------------------------------------------------

    def put(self, text: PageText, parent: Page) -> Page | None:
        """Return the page of a text: made, brought up to date, or left alone. None when the text has a fault."""
        item = PackItem.objects.select_related("page").filter(key=text.key).first()
        checksum = text.checksum
        if item is None:
            return self._create(text, parent, checksum)
        page = item.page.specific
        is_elsewhere = page.get_parent().pk != parent.pk
        touched = is_elsewhere or self._was_touched(item)
        if touched and not self.overwrite:
            self.report.kept.append(page.title)
        elif item.checksum == checksum and not touched:
            self.report.unchanged.append(page.title)
        else:
            if is_elsewhere:
                page.move(Page.objects.get(pk=parent.pk), pos="last-child", user=self.user)
                page = Page.objects.get(pk=page.pk).specific
            return self._update(text, page, item, checksum)
        return page

    @staticmethod
    def _was_touched(item: PackItem) -> bool:
        """Whether someone edited, locked or unpublished the page since it was loaded."""
        page = item.page
        unpublished = not page.live and bool(item.checksum)
        return page.latest_revision_id != item.revision_id or page.locked or unpublished

    def _create(self, text: PageText, parent: Page, checksum: str) -> Page | None:
        page = text.model()
        if not self._fill(page, text):
            return None
        with self._page_faults(text) as accepted:
            # Read anew: the tree may have moved since the caller got its parent.
            Page.objects.get(pk=parent.pk).add_child(instance=page)
            revision = self._publish(page)
        if not accepted():
            return None
        PackItem.objects.create(key=text.key, page_id=page.pk, checksum=checksum, revision=revision)
        self.made.add(page.pk)
        self.report.created.append(page.title)
        return page

    def _update(self, text: PageText, page: Page, item: PackItem, checksum: str) -> Page | None:
        if not self._fill(page, text):
            return None
        with self._page_faults(text) as accepted:
            item.revision = self._publish(page)
        if not accepted():
            return None
        item.checksum = checksum
        item.save()
        self.report.updated.append(page.title)
        return Page.objects.get(pk=page.pk).specific

    def _publish(self, page: Page) -> Revision:
        revision = page.save_revision(user=self.user, log_action=True)
        revision.publish(user=self.user, skip_permission_checks=True)
        return revision

    def _fill(self, page: Page, text: PageText) -> bool:
        """Give the page its values; return whether its streams are accepted by their blocks."""
        before = len(self.faults)
        for name, value in text.values.items():
            attribute = page._meta.get_field(name)
            if isinstance(attribute, StreamField):
                stream = StreamValue(attribute.stream_block, value, is_lazy=True)
                self._check_stream(attribute.stream_block, stream, text, text.lines.get(name, ()))
                setattr(page, name, stream)
            elif attribute.one_to_many:
                # A row keeps its id from one load to the next, as it does when an editor changes it.
                ids = [row.pk for row in getattr(page, name).all()] if page.pk else []
                ids += [None] * len(value)
                rows = [
                    attribute.related_model(pk=pk, sort_order=n, **row)
                    for n, (pk, row) in enumerate(zip(ids, value, strict=False))
                ]
                setattr(page, name, rows)
            else:
                setattr(page, name, value)
        return len(self.faults) == before

    def _check_stream(self, block: Any, stream: StreamValue, text: PageText, lines: Sequence[int]) -> None:
        try:
            block.clean(stream)
        except ValidationError as error:
            # Wagtail's errors of a stream: by number of block, as deep as its blocks go.
            for number, inside in error.as_json_data().get("blockErrors", {}).items():  # type: ignore[attr-defined]
                line = lines[number] if number < len(lines) else 1
                said = " ".join(_messages(inside))
                self.faults.append(
                    Fault(text.file, line, f"ce bloc n'est pas accepté : {said.rstrip('.')}", "corrigez ce bloc")
                )

    @contextmanager
    def _page_faults(self, text: PageText) -> Iterator[Callable[[], bool]]:
        """Turn what a page says of its own values into faults; the yielded function tells whether there were none."""
        before = len(self.faults)
        try:
            yield lambda: len(self.faults) == before
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else {"page": error.messages}
            for name, messages in told.items():
                for message in messages:
                    problem = f"« {name} » n'est pas accepté : {message.rstrip('.')}"
                    self.faults.append(Fault(text.file, 1, problem, "corrigez cette valeur"))

    # -- A module --------------------------------------------------------------------------------------------------

    def put_pack(self, pack: Pack) -> None:
        """Make or bring up to date the pages of a module."""
        space = self._space(pack)
        course = self.put(_course_text(pack), space) if space else None
        if space is None or course is None:
            return
        collection = federation_collection(space.federation)
        prefix = f"{pack.course.id}/"
        pages = {
            key.removeprefix(prefix): page_id
            for key, page_id in PackItem.objects.filter(key__startswith=prefix).values_list("key", "page_id")
        }
        activities: list[Page | None] = []
        early: list[Activity] = []
        for activity in pack.activities:
            if not _pages_named(activity) <= pages.keys():
                early.append(activity)
            if isinstance(activity, Interactive):
                page = self._put_interactive(pack, activity, collection, course)
            else:
                page = self.put(self._activity_text(pack, activity, collection, pages), course)
            activities.append(page)
            if page:
                pages[activity.front.id] = page.pk
        # These send back to a lesson that had no page yet. What is done to them was told above.
        told, self.report = self.report, LoadReport()
        for activity in early:
            assert not isinstance(activity, Interactive)  # noqa: S101  (it sends back to no lesson)
            self.put(self._activity_text(pack, activity, collection, pages), course)
        self.report = told
        if not self.faults:
            self._withdraw(pack)
            self._put_in_order(course, [page.pk for page in activities if page])

    def _activity_text(
        self, pack: Pack, activity: Text[LessonFront] | Quiz, collection: Collection, pages: Mapping[str, int]
    ) -> PageText:
        images = self.images.put(pack.course.id, activity.images, collection)
        target = Target(f"{pack.course.id}/{activity.front.id}", images, pages)
        file = str(pack.path / activity.file)
        if isinstance(activity, Quiz):
            return _quiz_text(activity, target, file)
        return _lesson_text(activity, target, file)

    def _put_interactive(self, pack: Pack, activity: Interactive, collection: Collection, course: Page) -> Page | None:
        key, file = f"{pack.course.id}/{activity.front.id}", str(pack.path / activity.file)
        try:
            content, done = self.packages.put(key, activity, collection, user=self.user, overwrite=self.overwrite)
        except RefusedError as refused:
            self.faults += [
                Fault(file, 1, str(fault.message).rstrip("."), "corrigez « content »") for fault in refused.faults
            ]
            return None
        page = self.put(_interactive_text(activity, content.package, key, file), course)
        if page and page.title in self.report.unchanged and done in {"updated", "kept"}:
            # The page says the same as before, what it plays does not.
            self.report.unchanged.remove(page.title)
            (self.report.updated if done == "updated" else self.report.kept).append(page.title)
        return page

    def _space(self, pack: Pack) -> FederationPage | None:
        file = str(pack.path / "course.yaml")
        federation = Federation.objects.filter(slug=pack.course.federation).first()
        catalog = CatalogPage.objects.first()
        if federation is None or catalog is None:
            missing = "le catalogue" if federation else f"la fédération « {pack.course.federation} »"
            self.faults.append(
                Fault(file, 1, f"{missing} n'existe pas sur ce site", "lancez d'abord : eti load_content")
            )
            return None
        space = FederationPage.objects.select_related("federation").filter(federation=federation).first()
        if space is None:
            space = FederationPage(
                title=federation.name,
                slug=federation.slug,
                federation=federation,
                introduction=federation.description[:1000],
            )
            catalog.add_child(instance=space)
            self._publish(space)
            self.report.created.append(space.title)
        return space

    def _withdraw(self, pack: Pack) -> None:
        """Unpublish the pages whose text is gone. Nothing is deleted: people's progress names these pages."""
        prefix = f"{pack.course.id}/"
        present = {prefix + activity.front.id for activity in pack.activities}
        gone = PackItem.objects.select_related("page").filter(key__startswith=prefix).exclude(key__in=present)
        for item in gone.exclude(checksum=""):
            if self._was_touched(item) and not self.overwrite:
                self.report.kept.append(item.page.title)
                continue
            item.page.specific.unpublish(user=self.user)
            item.checksum = ""
            item.save()
            self.report.unpublished.append(item.page.title)

    def _put_in_order(self, course: Page, wanted: list[int]) -> None:
        """Move the activities that don't follow the order of the pack; pages made on the site stay where they are."""
        found = list(Page.objects.child_of(course).filter(pk__in=wanted).order_by("path").values_list("pk", flat=True))
        wanted = [pk for pk in wanted if pk in found]  # an editor may have moved one to another module
        if found == wanted:
            return
        if [pk for pk in found if pk not in self.made] != [pk for pk in wanted if pk not in self.made]:
            self.report.reordered.append(course.title)
        for position, page_id in enumerate(wanted):
            if found[position] == page_id:
                continue
            target, side = (found[position - 1], "right") if position else (found[0], "left")
            Page.objects.get(pk=page_id).move(Page.objects.get(pk=target), pos=side, user=self.user)
            found.remove(page_id)
            found.insert(position, page_id)


def _messages(found: Any) -> list[str]:
    """Return the messages of a block's errors, however deep they are."""
    if isinstance(found, Mapping):
        return [message for inside in found.values() for message in _messages(inside)]
    if isinstance(found, list):
        return [message for inside in found for message in _messages(inside)]
    return [str(found)]


def _course_text(pack: Pack) -> PageText:
    course = pack.course
    # One code may stand in several referentials: the first one is meant.
    competences = {
        competence.code: competence
        for competence in Competence.objects.filter(code__in=course.competences, parent__isnull=False).order_by(
            "-referential_id"
        )
    }
    themes = {theme.slug: theme for theme in Theme.objects.filter(slug__in=course.themes)}
    return PageText(
        course.id,
        CoursePage,
        {
            "title": course.title,
            "slug": course.slug,
            "summary": course.summary,
            "objectives": [
                ids.item("objective", objective, course.id, "objectives", str(position))
                for position, objective in enumerate(course.objectives)
            ],
            "themes": [themes[slug] for slug in course.themes if slug in themes],
            "level": course.level,
            "minutes": course.minutes,
            "competences": [competences[code] for code in course.competences if code in competences],
            "reviewed_on": course.reviewed_on,
            "open_access": course.open_access,
            "sources": [{**source.model_dump(), "url": source.url or ""} for source in course.sources],
        },
        str(pack.path / "course.yaml"),
    )


def _pages_named(activity: Activity) -> set[str]:
    """Return the ids of the lessons that the questions of an activity send back to."""
    if isinstance(activity, Interactive):
        return set()
    if isinstance(activity, Quiz):
        asked = list(activity.front.asked())
    else:
        asked = [block.content for block in activity.body if isinstance(block.content, Question)]
    return {question.lesson for question in asked if question.lesson}


def _lesson_text(lesson: Text[LessonFront], target: Target, file: str) -> PageText:
    front = lesson.front
    return PageText(
        target.key,
        LessonPage,
        {
            "title": front.title,
            "slug": front.id,
            "summary": front.summary,
            "minutes": front.minutes,
            "required": front.required,
            "layout": front.layout,
            "body": streams.body(lesson.body, target),
        },
        file,
        {"body": [block.line for block in lesson.body]},
    )


def _interactive_text(activity: Interactive, package: Package, key: str, file: str) -> PageText:
    fields = activity.front.model_dump(exclude={"kind", "id", "library", "content"})
    return PageText(key, InteractivePage, {**fields, "slug": activity.front.id, "package": package}, file)


def _quiz_text(quiz: Quiz, target: Target, file: str) -> PageText:
    front = quiz.front
    fields = front.model_dump(exclude={"id", "repeats", "feedback_from", "questions"})
    shown_from = front.feedback_from and timezone.make_aware(datetime.combine(front.feedback_from, time.min))
    return PageText(
        target.key,
        QuizPage,
        {
            **fields,
            "slug": front.id,
            "repeats_id": target.pages.get(front.repeats or ""),
            "feedback_from": shown_from,
            "questions": [part.raw(target) for part in front.questions],
        },
        file,
        {"questions": quiz.lines},
    )


def known_in_database() -> Known:
    """Return what packs may refer to on this site."""
    return Known(
        federations=frozenset(Federation.objects.values_list("slug", flat=True)),
        themes=frozenset(Theme.objects.values_list("slug", flat=True)),
        competences=frozenset(Competence.objects.filter(parent__isnull=False).values_list("code", flat=True)),
        interactive=partial(content_faults, libraries=stored_libraries()),
    )


def load_pack(pack: Pack, *, overwrite: bool = False, user: User | None = None) -> LoadReport:
    """Make or bring up to date the pages of a module, in one transaction, and say what was done.

    A page whose text did not change is not touched. A page that someone edited, locked or unpublished since the last
    load is left as it is and reported, unless `overwrite`. Raises PackError, with nothing changed, when the site
    refuses a page.
    """
    loading = Loading(overwrite=overwrite, user=user)
    with loading.transaction():
        loading.put_pack(pack)
    return loading.report
