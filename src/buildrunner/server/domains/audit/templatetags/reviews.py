"""How access reviews write what they show."""

from __future__ import annotations

from django import template

from buildrunner.policy.roles import shown

register = template.Library()
register.filter("role_word", shown)
