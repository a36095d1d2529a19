"""Addresses of the administration."""

from django.urls import URLPattern, URLResolver, path

from people.views import invitations, members, oversight, site, teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("", members.people, name="people"),
    path("<int:pk>/", members.member_edit, name="member_edit"),
    path("<int:pk>/deactivate/", members.member_deactivate, name="member_deactivate"),
    path("<int:pk>/reactivate/", members.member_reactivate, name="member_reactivate"),
    path("invite/", invitations.invite, name="invite"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<int:pk>/resend/", invitations.invitation_resend, name="invitation_resend"),
    path("invitations/<int:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("teams/", teams.teams, name="teams"),
    path("teams/add/", teams.team_add, name="team_add"),
    path("teams/<int:pk>/", teams.team_edit, name="team_edit"),
    path("settings/", oversight.organisation_settings, name="organisation_settings"),
    path("audit/", oversight.audit_trail, name="audit_trail"),
    path("audit/export/", oversight.audit_export, name="audit_export"),
    path("audit/check/", oversight.audit_check, name="audit_check"),
    path("work/", oversight.failed_work, name="failed_work"),
    path("work/<int:pk>/retry/", oversight.failed_work_retry, name="failed_work_retry"),
    path("organisations/", site.organisations, name="organisations"),
    path("organisations/add/", site.organisation_add, name="organisation_add"),
    path("organisations/work/", site.site_work, name="site_work"),
    path("organisations/work/<int:pk>/retry/", site.site_work_retry, name="site_work_retry"),
]
