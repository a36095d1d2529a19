"""One's notes and highlights: beside a lesson, gathered on one page, seen by nobody else."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curriculum.models import Step
from learning import notes as noting
from learning.models import Note
from learning.views.steps import fetch_step
from people.access import Right, requires
from people.http import MemberRequest
from people.templatetags.tutti import day

TOO_MANY = f"This lesson holds {noting.MOST_A_LESSON} notes, which is as many as it may."


def _wants_json(request: MemberRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def described(note: Note) -> dict[str, object]:
    """What the script of the lesson page needs to put a note into the margin; plain text."""
    return {
        "id": note.pk,
        "block": note.block,
        "quote": note.quote,
        "text": note.text,
        "when": day(note.changed_at),
        "edit": reverse("note_edit", args=[note.pk]),
        "delete": reverse("note_delete", args=[note.pk]),
    }


@require_POST
@requires(Right.LEARN)
def note_add(request: MemberRequest, pk: int) -> HttpResponse:
    """Saves a note or a highlight; answers a script with JSON, a plain form with the lesson."""
    step = fetch_step(request.member, pk)
    form = noting.NoteForm(request.POST)
    if step.kind != Step.Kind.LESSON:
        form.add_error(None, "Only lessons have notes.")
    if form.is_valid():
        try:
            note = noting.add(request.member, step, **form.cleaned_data)
        except noting.TooManyNotes:
            form.add_error(None, TOO_MANY)
        else:
            if _wants_json(request):
                return JsonResponse(described(note), status=201)
            return HttpResponseRedirect(f"{reverse('step', args=[pk])}#note-{note.pk}")
    if _wants_json(request):
        said = [error for errors in form.errors.values() for error in errors]
        return JsonResponse({"errors": said}, status=422)
    return render(
        request, "learning/note_form.html", {"form": form, "step": step, "note": None}, status=422
    )


@requires(Right.LEARN)
@require_http_methods(["GET", "HEAD", "POST"])
def note_edit(request: MemberRequest, pk: int) -> HttpResponse:
    note = _mine(request, pk)
    form = noting.NoteForm(
        request.POST if request.method == "POST" else None,
        initial={"quote": note.quote, "text": note.text, "block": note.block},
    )
    if request.method == "POST" and form.is_valid():
        noting.change(note, text=form.cleaned_data["text"], quote=form.cleaned_data["quote"])
        return HttpResponseRedirect(f"{reverse('step', args=[note.step_id])}#note-{note.pk}")
    status = 422 if form.errors else 200
    return render(
        request,
        "learning/note_form.html",
        {"form": form, "step": note.step, "note": note},
        status=status,
    )


@require_POST
@requires(Right.LEARN)
def note_delete(request: MemberRequest, pk: int) -> HttpResponse:
    note = _mine(request, pk)
    step_id = note.step_id
    note.delete()
    if _wants_json(request):
        return JsonResponse({"deleted": pk})
    messages.success(request, "The note is deleted.")
    if request.POST.get("next") == reverse("notes"):
        return redirect("notes")
    return redirect("step", pk=step_id)


def _mine(request: MemberRequest, pk: int) -> Note:
    """One's own note; anybody else's does not exist, whoever asks."""
    return get_object_or_404(
        Note.objects.visible_to(request.member).select_related("step__version__module"), pk=pk
    )


@requires(Right.LEARN)
@require_safe
def notes(request: MemberRequest) -> HttpResponse:
    """All one's notes, by lesson, the last written first."""
    mine = (
        Note.objects.visible_to(request.member)
        .annotate(lesson=F("step__title"), module=F("step__version__title"))
        .order_by("-changed_at", "-pk")
    )
    page = Paginator(mine, 50).get_page(request.GET.get("page"))
    return render(request, "learning/notes.html", {"page": page})
