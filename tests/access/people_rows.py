"""The addresses of people: the administration, and the site operator's pages."""

from __future__ import annotations

from tests.access.table import row

PAGE = "ours GET 403 403 403 200"
FORM = PAGE + "\nours POST 403 403 403 302"
OF_OURS = """
    ours      {0} 403 403 403 {1}
    elsewhere {0} 403 403 403 404
    """
OF_MEMBER = """
    mine       {0} 403 403 403 {1}
    colleague  {0} 403 403 403 {1}
    other_team {0} 403 403 403 {1}
    elsewhere  {0} 403 403 403 404
    """

row("people", PAGE)
row(
    "member_edit",
    OF_MEMBER.format("GET", 200) + OF_MEMBER.format("POST", 302),
    at=lambda its: [its.member.pk],
    data=lambda its: {"job_title": "Adviser", "is_administrator": "on"},
)
row(
    "member_deactivate",
    # The last administrator stays: a redirect that changes nothing.
    OF_MEMBER.replace("mine       {0} 403 403 403 {1}", "").strip().format("POST", 302),
    at=lambda its: [its.member.pk],
)
row(
    "member_reactivate",
    OF_OURS.format("POST", 302),
    at=lambda its: [its.side.ended.pk],
)
row(
    "invite",
    FORM,
    data=lambda its: {"people": "Somebody New <new@example.test>"},
)
row("invitations", PAGE)
for name in ("invitation_resend", "invitation_revoke"):
    row(name, OF_OURS.format("POST", 302), at=lambda its: [its.side.invitation.pk])
row("teams", PAGE)
row("team_add", FORM, data=lambda its: {"name": "A new team", "parent": its.side.cast.care.pk})
row(
    "team_edit",
    OF_OURS.format("GET", 200) + OF_OURS.format("POST", 302),
    at=lambda its: [its.side.cast.care.pk],
    data=lambda its: {"name": "Renamed", "parent": its.side.cast.headquarters.pk},
)
row("organisation_settings", FORM, data=lambda its: {"name": "Renamed", "managers_see": "status"})
row("audit_trail", PAGE)
row("audit_export", PAGE, opens=["people_auditevent"])
row("audit_check", "ours POST 403 403 403 302")
row("failed_work", PAGE)
row("failed_work_retry", OF_OURS.format("POST", 302), at=lambda its: [its.side.job.pk])

# ---- The site operator's: no member, whatever their access, and nobody's answers ------------

OPERATORS = "ours {0} login 403 403 403 403 {1} 403"
row("organisations", OPERATORS.format("GET", 200))
row(
    "organisation_add",
    OPERATORS.format("GET", 200) + "\n" + OPERATORS.format("POST", 302),
    data=lambda its: {
        "name": "A third one",
        "administrator_name": "Ada Field",
        "administrator_email": "ada@example.test",
    },
)
row("site_work", OPERATORS.format("GET", 200))
# A background job of an organisation is none of the operator's, whichever organisation.
row(
    "site_work_retry",
    OPERATORS.format("POST", 404)
    + "\n"
    + OPERATORS.format("POST", 404).replace("ours", "elsewhere"),
    at=lambda its: [its.side.job.pk],
)
