"""My record: everything the site keeps about a member, to read and to take away."""

from __future__ import annotations

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from people import audit, clock, personal_data
from people.access import Right, requires
from people.http import MemberRequest

SHOWN = 20  # rows a section on the page; the download has all of them


def _shown(value: personal_data.Plain) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, personal_data.Address) and value:
        return format_html('<a href="{}">Open</a>', value)
    return "" if value is None else value


@requires(Right.LEARN)
@require_safe
def my_record(request: MemberRequest) -> HttpResponse:
    sections = [
        {
            "title": section.title,
            "count": len(section.rows),
            "columns": list(section.rows[0]) if section.rows else [],
            "rows": [[_shown(value) for value in row.values()] for row in section.rows[:SHOWN]],
            "more": max(0, len(section.rows) - SHOWN),
        }
        for section in personal_data.sections(request.member)
    ]
    return render(request, "learning/record.html", {"sections": sections})


@requires(Right.LEARN)
@require_safe
def my_record_download(request: MemberRequest) -> HttpResponse:
    """One JSON file; that it was taken is written into the audit trail."""
    member = request.member
    body = {
        "organisation": member.organisation.name,
        "member": member.name,
        "written": clock.now().isoformat(),
        "sections": [
            {"title": section.title, "rows": section.rows}
            for section in personal_data.sections(member)
        ],
    }
    audit.record(
        "record.downloaded",
        organisation=member.organisation,
        actor=member,
        about=member,
        subject=member,
    )
    text = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="my-record.json"'
    return response
