"""Criteria that teams ask for again and again, each with the checks that prove them.

One TOML file a category. `templates()` lists them, `fill()` makes criteria and checks of one.
"""

from buildrunner.evidence.templates.library import (
    Parameter,
    Template,
    TemplateError,
    fill,
    find,
    templates,
)

__all__ = ["Parameter", "Template", "TemplateError", "fill", "find", "templates"]
