"""What models are good for: the shipped profiles and the organization's own, and a form for one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.routing import TASK_TITLES, Profile
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_FIELDS = ("model", "provider", "quality", "speed", "context", "max_output")
_KINDS = (("input", "in"), ("output", "out"))


@never_cache
@require_http_methods(["GET", "POST"])
def profiles(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """All of them; `model` in the address fills the form; POST saves a profile or takes it back."""
    actor = signed_in(request)
    wrong: Invalid | None = None
    if request.method == "POST":
        try:
            _change(request, actor, org_id)
        except Invalid as refusal:
            wrong = refusal
        else:
            return HttpResponseRedirect(f"/orgs/{org_id}/models/profiles", status=303)
    with organization_scope(actor, org_id) as access:
        found = ai.profiles(org_id)
        prices = ai.prices(org_id, found)
        manages = "model.manage" in access.permissions
    chosen = next((one for one in found if one.model == request.GET.get("model")), None)
    context = {
        "org_id": org_id,
        "profiles": [(one, _filled(one), _titles(one), _rates(prices[one.model])) for one in found],
        "manages": manages,
        "form": _typed(request.POST) if wrong else _filled(chosen),
        "chosen": chosen,
        "tasks": TASK_TITLES.items(),
        "error": wrong.detail if wrong else "",
        "error_field": wrong.extensions.get("field", "") if wrong else "",
    }
    return render(request, "ai/profiles.html", context, status=wrong.status if wrong else 200)


def _change(request: HttpRequest, actor: Actor, org_id: UUID) -> None:
    form = request.POST
    model = form.get("model", "").strip()
    if form.get("act") == "remove":
        ai.remove_profile(actor, org_id, model)
        messages.success(request, f"Your profile of {model} is taken back.")
        return
    ai.set_profile(
        actor,
        org_id,
        model,
        provider=form.get("provider", "").strip(),
        task_types=form.getlist("task_types"),
        quality=_decimal(form, "quality"),
        speed=_decimal(form, "speed"),
        context=_count(form, "context"),
        max_output=_count(form, "max_output"),
        enabled=form.get("enabled") == "1",
    )
    messages.success(request, f"{model} is judged so from now on.")


def _decimal(form: QueryDict, field: str) -> Decimal:
    try:
        return Decimal(form.get(field, "").strip())
    except InvalidOperation:
        raise Invalid(f"{field} is a number from 0 to 10, such as 7.5", field=field) from None


def _count(form: QueryDict, field: str) -> int:
    text = form.get(field, "").replace(",", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Invalid(f"{field} is a number of tokens, such as 128000", field=field)
    return int(text)


def _typed(form: QueryDict) -> dict[str, Any]:
    return {
        **{name: form.get(name, "") for name in _FIELDS},
        "task_types": form.getlist("task_types"),
        "enabled": form.get("enabled") == "1",
    }


def _filled(one: Profile | None) -> dict[str, Any]:
    if one is None:
        return {"task_types": [], "enabled": True}
    return {
        "model": one.model,
        "provider": one.provider,
        "quality": f"{one.quality.normalize():f}",
        "speed": f"{one.speed.normalize():f}",
        "context": one.context,
        "max_output": one.max_output,
        "task_types": one.task_types,
        "enabled": one.enabled,
    }


def _titles(one: Profile) -> str:
    return ", ".join(title for name, title in TASK_TITLES.items() if name in one.task_types)


def _rates(price: Any) -> str:
    """USD for a million tokens in and out, as far as they are known."""
    if price is None:
        return ""
    known = ((price.rates.get(kind), word) for kind, word in _KINDS)
    return ", ".join(f"{rate.base.normalize():f} {word}" for rate, word in known if rate)
