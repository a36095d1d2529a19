"""The administrator's page of live models: key, address, models, budgets and the switch."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from people.access import Right, requires
from people.http import MemberRequest
from sandbox.forms.live_models import LiveModelsForm, money
from sandbox.live_models import accounts


@sensitive_post_parameters("key")
@requires(Right.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def live_models(request: MemberRequest) -> HttpResponse:
    organisation = request.member.organisation
    account = accounts.account_of(organisation)
    form = LiveModelsForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        accounts.change(organisation, by=request.member, **form.values)
        messages.success(request, "The live models are saved.")
        return redirect("live_models")
    used = accounts.usage(organisation)
    return render(
        request,
        "sandbox/models.html",
        {
            "form": form,
            "site_off": not settings.LIVE_MODELS,
            "used": money(used.mils),
            "lost": money(used.lost),
            "calls": used.calls,
            "left": money(max(0, account.monthly_mils - used.mils)) if account else money(0),
        },
    )
