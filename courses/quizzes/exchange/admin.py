"""Import and export of questions in Wagtail's admin, for those who write for a federation, and administrators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLResolver, include, path, register_converter, reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, Table, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button
from wagtail.images import get_image_model

import people.http  # noqa: F401  (registers the «rowid» part of an address)
from courses.catalog.rights import federations_of
from courses.interactive.packages import authored
from courses.interactive.packages.h5p.authoring import Authored, PictureSource, write_questions
from courses.questions.kinds import Question
from courses.questions.raw import question_from_raw, questions_from_raw
from courses.quizzes import imports
from courses.quizzes.blocks import DRAW
from courses.quizzes.models import ImportJob, ImportLine, QuestionBank, QuizPage
from courses.quizzes.rights import quiz_of
from people.models import User

from .moodle import ImageSource
from .reading import MAX_BYTES
from .results import FileRefusedError
from .writing import Export, ExportFormat

REFRESH_SECONDS = 4
_EXTENSIONS = {ExportFormat.GIFT: "gift.txt", ExportFormat.MOODLE: "xml"}
_CONTENT_TYPES = {
    ExportFormat.GIFT: "text/plain; charset=utf-8",
    ExportFormat.MOODLE: "application/xml; charset=utf-8",
}
_LABELS = {ExportFormat.GIFT: _("GIFT"), ExportFormat.MOODLE: _("Moodle XML")}

# -- Who may -------------------------------------------------------------------------------------------------------


def own_banks(user: User) -> QuerySet[QuestionBank]:
    """Return the banks that a person may import into and export."""
    return QuestionBank.objects.filter(federation__in=federations_of(user)).select_related("federation")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (the admin is behind a sign-in)
    return request.user


def _job(request: HttpRequest, pk: int) -> ImportJob:
    jobs = ImportJob.objects.filter(bank__in=own_banks(_user(request))).select_related("bank__federation")
    return get_object_or_404(jobs, pk=pk)


class _InBankMixin(WagtailAdminTemplateMixin):
    """What the pages about one bank, or one quiz, have in common: where they stand."""

    header_icon = "folder-open-inverse"
    page_title: Any = ""

    def place(self) -> list[tuple[Any, str]]:
        """Return the labels and the addresses of the pages above this one."""
        raise NotImplementedError

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        above = [{"url": url, "label": label} for label, url in self.place()]
        return [*self.breadcrumbs_items, *above, {"url": "", "label": self.get_page_title()}]


def _edit_url(request: HttpRequest, instance: Any) -> str:
    """Return where the person may edit something, or an empty text."""
    return AdminURLFinder(_user(request)).get_edit_url(instance) or ""


# -- Import --------------------------------------------------------------------------------------------------------


class ImportForm(forms.Form):
    """A file of questions."""

    file = forms.FileField(
        label=_("Fichier de questions"),
        help_text=_("GIFT (.txt, .gift), Moodle XML (.xml) ou QTI 2.1 et 2.2 (.xml, .zip). 50 Mo au plus."),
        widget=forms.FileInput(attrs={"accept": ".txt,.gift,.xml,.zip"}),
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too big without reading it."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("Le fichier dépasse 50 Mo : partagez-le en plusieurs."))
        return file


class ImportView(_InBankMixin, FormView):
    """Send a file of questions to a bank, and find earlier imports again."""

    template_name = "quizzes/admin/import.html"
    form_class = ImportForm
    page_title = _("Importer des questions")

    @cached_property
    def bank(self) -> QuestionBank:
        """The bank, if it is one of the person's."""
        return get_object_or_404(own_banks(_user(self.request)), pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Look for the bank before anything else."""
        assert self.bank  # noqa: S101  (raises Http404)
        return super().dispatch(request, *args, **kwargs)

    def place(self) -> list[tuple[Any, str]]:
        return [(self.bank.title, _edit_url(self.request, self.bank))]

    def get_page_subtitle(self) -> str:
        return self.bank.title

    def form_valid(self, form: ImportForm) -> HttpResponse:
        """Have the file imported, or say why it can't be read."""
        try:
            job = imports.request_import(self.bank, form.cleaned_data["file"], _user(self.request))
        except FileRefusedError as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        return redirect("quiz_exchange:job", job.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        earlier = list(self.bank.imports.select_related("created_by")[:20])
        columns = [
            TitleColumn(
                "filename", label=_("Fichier"), get_url=lambda job: reverse("quiz_exchange:job", args=[job.pk])
            ),
            Column("status", label=_("État"), accessor="get_status_display"),
            NumberColumn("total", label=_("Questions")),
            Column("created_by", label=_("Par")),
            DateColumn("created_at", label=_("Demandé")),
        ]
        return super().get_context_data(**kwargs) | {
            "bank": self.bank,
            "earlier": Table(columns, earlier) if earlier else None,
            "submit_button_label": _("Importer"),
            "submit_button_active_label": _("Vérification du fichier…"),
            "action_url": self.request.path,
            "media": self.get_form().media,
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """How many questions came to one outcome, and where they are listed."""

    label: Any
    count: int
    outcome: str
    url: str


class LineFilterSet(WagtailFilterSet):
    """Which questions of a report are shown."""

    class Meta:
        model = ImportLine
        fields = ["outcome"]


class _NotesColumn(Column):
    cell_template_name = "quizzes/admin/notes_cell.html"


class JobView(_InBankMixin, BaseListingView):
    """How an import goes; once it is over, what became of each question."""

    results_template_name = "wagtailadmin/generic/listing_results.html"
    paginate_by = 50
    filterset_class = LineFilterSet
    verbose_name_plural = _("questions")
    default_ordering = "number"
    columns = [
        NumberColumn("number", label=_("N°")),
        Column("name", label=_("Question"), width="25%"),
        Column("line", label=_("Ligne")),
        Column("category", label=_("Catégorie")),
        Column("outcome", label=_("Résultat"), accessor="get_outcome_display"),
        _NotesColumn("notes", label=_("Ce qui a changé, ou pourquoi")),
    ]

    @cached_property
    def job(self) -> ImportJob:
        """The import, if it goes into one of the person's banks."""
        return _job(self.request, self.kwargs["pk"])

    def get_template_names(self) -> list[str]:
        if self.results_only:
            return [self.results_template_name]
        return [f"quizzes/admin/import_{'report' if self.job.is_over else 'progress'}.html"]

    def place(self) -> list[tuple[Any, str]]:
        bank = self.job.bank
        return [
            (bank.title, _edit_url(self.request, bank)),
            (_("Importer des questions"), reverse("quiz_exchange:import", args=[bank.pk])),
        ]

    def get_page_title(self) -> str:
        return self.job.filename

    @cached_property
    def filters(self) -> Any:
        """Filter the report, once there is one."""
        return super().filters if self.job.is_over else None

    def get_base_queryset(self) -> QuerySet[ImportLine]:
        return self.job.lines.all()

    def get_index_url(self) -> str:
        return reverse("quiz_exchange:job", args=[self.job.pk])

    def get_index_results_url(self) -> str:
        return reverse("quiz_exchange:job_results", args=[self.job.pk])

    def _tallies(self) -> list[Tally]:
        counts = dict(self.job.lines.order_by().values_list("outcome").annotate(Count("pk")))
        labels = {
            ImportLine.Outcome.TAKEN: (_("reprise telle quelle"), _("reprises telles quelles")),
            ImportLine.Outcome.ADAPTED: (_("adaptée"), _("adaptées")),
            ImportLine.Outcome.REFUSED: (_("refusée"), _("refusées")),
        }
        return [
            Tally(
                words[counts.get(outcome, 0) > 1],
                counts.get(outcome, 0),
                str(outcome),
                f"{self.index_url}?outcome={outcome}",
            )
            for outcome, words in labels.items()
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = self.job
        held = job.status == ImportJob.Status.HELD
        return super().get_context_data(**kwargs) | {
            "job": job,
            "tallies": self._tallies(),
            "earlier": imports.earlier_import(job) if held else None,
            "held": held,
            "refresh": None if held or job.is_over else REFRESH_SECONDS,
        }


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Import a file again, or take a failed import up again."""
    job = _job(request, pk)
    imports.confirm_import(job)
    return redirect("quiz_exchange:job", job.pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a file that was imported before."""
    job = _job(request, pk)
    imports.cancel_import(job)
    messages.success(request, _("« %(name)s » n'a pas été importé une seconde fois.") % {"name": job.filename})
    return redirect("quiz_exchange:import", job.bank_id)


def _download(pieces: Iterable[str], name: str, content_type: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        (piece.encode() for piece in pieces),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def report(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Download the report of an import as a spreadsheet."""
    job = _job(request, pk)
    pieces = imports.report_as_csv(job.lines.all())
    return _download(pieces, f"import-{job.pk}.csv", "text/csv; charset=utf-8")


# -- Export --------------------------------------------------------------------------------------------------------


def library_images() -> ImageSource:
    """Return what gives the name and the bytes of an image of the library."""

    def image_of(pk: int) -> tuple[str, bytes] | None:
        image = get_image_model().objects.filter(pk=pk).first()
        if image is None:
            return None
        try:
            with image.file.open("rb") as file:
                return image.filename, file.read()
        except FileNotFoundError:
            return None

    return image_of


def _no_image(_pk: int) -> tuple[str, bytes]:
    """Stand for an image where only the report counts."""
    return "image.png", b""


class _ExportView(_InBankMixin, TemplateView):
    """What an export holds and what it can't hold, in each format; the files."""

    template_name = "quizzes/admin/export.html"
    page_title = _("Exporter les questions")
    header_icon = "download"

    @cached_property
    def source(self) -> Any:
        """The bank or the quiz, if it is one of the person's."""
        raise NotImplementedError

    def questions(self) -> Iterator[Question]:
        """Yield the questions, in order."""
        raise NotImplementedError

    @property
    def draws(self) -> int:
        """How many draws from a bank are not in the file."""
        return 0

    def in_h5p(self, pictures: PictureSource) -> Authored:
        """Return the questions as the content of an H5P package."""
        return write_questions(self.source.title, self.questions(), authored.site_shelf(), pictures)

    def place(self) -> list[tuple[Any, str]]:
        return [(self.source.title, _edit_url(self.request, self.source))]

    def get_page_subtitle(self) -> str:
        title: str = self.source.title
        return title

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the choice, or send the file of one format."""
        if kwargs.get("h5p"):
            return authored.download(self.in_h5p(authored.library_pictures()))
        if form := kwargs.get("form"):
            export = Export(self.questions(), form, library_images())
            return _download(export, f"{slugify(self.source.title)}.{_EXTENSIONS[form]}", _CONTENT_TYPES[form])
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        formats = []
        total = 0
        for form in ExportFormat:
            export = Export(self.questions(), form, _no_image)
            for _piece in export:
                pass
            total = export.count
            left_out = [written for written in export.report if written.left_out]
            formats.append(
                {
                    "label": _LABELS[form],
                    "url": f"{self.request.path}{form}/",
                    "count": total - len(left_out),
                    "left_out": left_out,
                    "adapted": [written for written in export.report if not written.left_out],
                }
            )
        formats.append(authored.offer(self.in_h5p(authored.unseen_picture), f"{self.request.path}h5p/"))
        return super().get_context_data(**kwargs) | {"formats": formats, "total": total, "draws": self.draws}


class BankExportView(_ExportView):
    """Export a bank."""

    @cached_property
    def source(self) -> QuestionBank:
        """The bank."""
        return get_object_or_404(own_banks(_user(self.request)), pk=self.kwargs["pk"])

    def questions(self) -> Iterator[Question]:
        for question in self.source.questions.order_by("pk").iterator(chunk_size=500):
            yield question_from_raw(next(iter(question.content.get_prep_value())))


class QuizExportView(_ExportView):
    """Export the questions of a quiz."""

    @cached_property
    def source(self) -> QuizPage:
        """The quiz, as its editor shows it: with the changes not yet published."""
        latest: QuizPage = quiz_of(_user(self.request), self.kwargs["pk"]).get_latest_revision_as_object()
        return latest

    def questions(self) -> Iterator[Question]:
        return questions_from_raw(self.source.raw_questions)

    def in_h5p(self, pictures: PictureSource) -> Authored:
        quiz = self.source
        return write_questions(
            quiz.title,
            self.questions(),
            authored.site_shelf(),
            pictures,
            introduction=quiz.introduction,
            pass_mark=quiz.pass_mark,
        )

    @property
    def draws(self) -> int:
        return sum(block["type"] == DRAW for block in self.source.raw_questions)


# -- Addresses and buttons -----------------------------------------------------------------------------------------


class FormatConverter:
    """A format of export, in an address."""

    regex = "|".join(ExportFormat)

    def to_python(self, value: str) -> ExportFormat:
        """Return the format of that name."""
        return ExportFormat(value)

    def to_url(self, value: ExportFormat) -> str:
        """Return the name of a format."""
        return str(value)


register_converter(FormatConverter, "exportformat")

_ADDRESSES = [
    path("banque/<rowid:pk>/importer/", ImportView.as_view(), name="import"),
    path("banque/<rowid:pk>/exporter/", BankExportView.as_view(), name="export_bank"),
    path("banque/<rowid:pk>/exporter/<exportformat:form>/", BankExportView.as_view(), name="export_bank_file"),
    path("banque/<rowid:pk>/exporter/h5p/", BankExportView.as_view(), {"h5p": True}, name="export_bank_h5p"),
    path("quiz/<rowid:pk>/exporter/", QuizExportView.as_view(), name="export_quiz"),
    path("quiz/<rowid:pk>/exporter/<exportformat:form>/", QuizExportView.as_view(), name="export_quiz_file"),
    path("quiz/<rowid:pk>/exporter/h5p/", QuizExportView.as_view(), {"h5p": True}, name="export_quiz_h5p"),
    path("import/<rowid:pk>/", JobView.as_view(), name="job"),
    path("import/<rowid:pk>/resultats/", JobView.as_view(results_only=True), name="job_results"),
    path("import/<rowid:pk>/confirmer/", confirm, name="confirm"),
    path("import/<rowid:pk>/renoncer/", cancel, name="cancel"),
    path("import/<rowid:pk>/rapport.csv", report, name="report"),
]


@hooks.register("register_admin_urls")
def register_exchange_urls() -> list[URLResolver]:
    """Return the addresses."""
    return [path("questions/", include((_ADDRESSES, "quiz_exchange")))]


@hooks.register("register_snippet_listing_buttons")
def bank_buttons(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer import and export in the list of banks."""
    if not isinstance(snippet, QuestionBank):
        return
    for label, name, icon, priority in (
        (_("Importer des questions"), "import", "upload", 60),
        (_("Exporter les questions"), "export_bank", "download", 61),
    ):
        yield Button(label, reverse(f"quiz_exchange:{name}", args=[snippet.pk]), icon_name=icon, priority=priority)


def _quiz_button(page: Any, user: Any) -> Iterator[Button]:
    if page.specific_class is QuizPage and page.permissions_for_user(user).can_edit():
        url = reverse("quiz_exchange:export_quiz", args=[page.pk])
        yield Button(_("Exporter les questions"), url, icon_name="download", priority=68)


@hooks.register("register_page_header_buttons")
def export_in_header(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer to export beside the other actions of a quiz."""
    yield from _quiz_button(page, user)


@hooks.register("register_page_listing_more_buttons")
def export_in_listing(page: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Offer to export in the list of pages."""
    yield from _quiz_button(page, user)
