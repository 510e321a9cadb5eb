"""What the account pages hand to their script."""

from __future__ import annotations

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """JSON for an attribute; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
