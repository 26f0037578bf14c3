"""Lessons as .h5p files, for who may edit them: the file holds the right answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button
from wagtail.rich_text import expand_db_html

from courses.interactive.packages import authored
from courses.interactive.packages.h5p.authoring import Authored, PictureSource
from courses.interactive.packages.h5p.lessons import Absent, Piece, Shown, Text, write_lesson
from courses.questions.kinds import ImageRef, Kind
from courses.questions.raw import question_from_raw
from pages.blocks import CalloutBlock
from pages.markdown import render_inline_markdown, render_markdown

from .admin_pages import activity_crumbs, admin_page, forbidden_as_such
from .models import LessonPage


def lesson_pieces(lesson: LessonPage) -> Iterator[Piece]:
    """Yield what a lesson holds, in order, in the words of an H5P content: no template, no style of this site."""
    raw = {block["id"]: block for block in lesson.body.get_prep_value()}
    for child in lesson.body:
        if child.block_type in set(Kind):
            yield question_from_raw(raw[child.id])
        elif child.block_type == "interactive":
            label = child.value["title"] or str(child.value["package"] or _("Activité interactive"))
            yield Absent(label, _("c'est déjà un contenu interactif : téléchargez-le depuis sa propre page"))
        elif child.block_type == "image":
            yield _image(child.value)
        else:
            yield Text(_WRITERS[child.block_type](child.value))


def _heading(value: Any) -> str:
    return format_html("<h2>{}</h2>", value)


def _steps(value: Any) -> str:
    title = format_html("<h3>{}</h3>", value["title"]) if value["title"] else ""
    steps = "".join(f"<li>{_titled(step, '<p><strong>{}</strong></p>')}</li>" for step in value["steps"])
    return f"{title}<ol>{steps}</ol>"


def _accordion(value: Any) -> str:
    return "".join(_titled(item, "<h3>{}</h3>") for item in value["items"])


def _quotation(value: Any) -> str:
    said = ", ".join(part for part in (value["author"], value["source"]) if part)
    return format_html("<p>«&nbsp;{}&nbsp;»{}</p>", value["text"], f" ({said})" if said else "")


def _video(value: Any) -> str:
    link = format_html('<p><a href="{}">{}</a></p>', value["url"], value["title"])
    return link + render_markdown(value["description"], top_heading=3)


def _document(value: Any) -> str:
    address = f"{settings.WAGTAILADMIN_BASE_URL}{value['document'].url}"
    return format_html('<p><a href="{}">{}</a></p>', address, value["title"] or value["document"].title)


def _image(value: Any) -> Shown:
    image = value["image"]
    ref = ImageRef(image.pk, image.contextual_alt_text or "", decorative=image.decorative)
    return Shown(ref, " – ".join(part for part in (value["caption"], value["credit"]) if part))


def _titled(item: Any, title: str) -> str:
    return format_html(title, item["title"]) + render_markdown(item["text"], top_heading=4)


def _callout(value: Any) -> str:
    label = dict(CalloutBlock.KINDS).get(value["kind"], "")
    title = f"{label} : {value['title']}" if value["title"] else str(label)
    html = format_html("<p><strong>{}</strong></p>", title) + render_markdown(value["text"], top_heading=3)
    if not value["reference"]:
        return html
    reference = value["reference"]
    if value["url"]:
        reference = format_html('<a href="{}">{}</a>', value["url"], reference)
    day = value["in_force_on"]
    version = _(", version du %(day)s") % {"day": f"{day:%d/%m/%Y}"} if day else ""
    return html + format_html("<p>{}{}</p>", reference, version)


def _table(value: Any) -> str:
    columns = "".join(format_html("<th>{}</th>", column["heading"]) for column in value["table"].columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{render_inline_markdown(cell.value)}</td>" for cell in row) + "</tr>"
        for row in value["table"].rows
    )
    caption = format_html("<caption>{}</caption>", value["caption"])
    return f"<table>{caption}<tr>{columns}</tr>{rows}</table>"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "heading": _heading,
    "markdown": render_markdown,
    "rich_text": lambda value: expand_db_html(value.source),
    "callout": _callout,
    "steps": _steps,
    "accordion": _accordion,
    "table": _table,
    "quotation": _quotation,
    "video": _video,
    "document": _document,
}


def _in_h5p(lesson: LessonPage, pictures: PictureSource) -> Authored:
    slides = lesson.layout == LessonPage.Layout.SLIDES
    return write_lesson(
        lesson.title, str(lesson.pk), lesson_pieces(lesson), authored.site_shelf(), pictures, slides=slides
    )


def _lesson(request: HttpRequest, pk: int) -> LessonPage:
    """Return a lesson as its editor shows it, with the changes not yet published."""
    lesson = get_object_or_404(LessonPage, pk=pk)
    if not lesson.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    latest: LessonPage = lesson.get_latest_revision_as_object()
    return latest


@forbidden_as_such
def show(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what the file of a lesson holds and what it can't hold."""
    lesson = _lesson(request, pk)
    offer = authored.offer(_in_h5p(lesson, authored.unseen_picture), reverse("lesson_h5p_file", args=[lesson.pk]))
    title = _("Télécharger en .h5p")
    context = {"offer": offer, "lesson": lesson}
    return admin_page(
        request, "catalog/admin/export_h5p.html", title, activity_crumbs(lesson, ("", title)), context, icon="download"
    )


@forbidden_as_such
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file of a lesson."""
    return authored.download(_in_h5p(_lesson(request, pk), authored.library_pictures()))


@hooks.register("register_admin_urls")
def register_export_urls() -> list[URLPattern]:
    """Return the addresses."""
    return [
        path("lecons/<int:pk>/h5p/", show, name="lesson_h5p"),
        path("lecons/<int:pk>/h5p/fichier/", download, name="lesson_h5p_file"),
    ]


def _button(page: Any, user: Any) -> Iterator[Button]:
    if page.specific_class is LessonPage and page.permissions_for_user(user).can_edit():
        url = reverse("lesson_h5p", args=[page.pk])
        yield Button(_("Télécharger en .h5p"), url, icon_name="download", priority=68)


@hooks.register("register_page_header_buttons")
def export_in_header(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer to export beside the other actions of a lesson."""
    yield from _button(page, user)


@hooks.register("register_page_listing_more_buttons")
def export_in_listing(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer to export in the list of pages."""
    yield from _button(page, user)
