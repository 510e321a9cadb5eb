"""Why bytes are no plan: the first place where reading breaks, and the likely cause."""

from __future__ import annotations

import json

from buildrunner.spec.errors import PlanSyntaxError


def diagnose(data: bytes) -> PlanSyntaxError:
    """The error `document.loads` raises for `data`."""
    try:
        plan = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return PlanSyntaxError("BR101", error.msg, line=error.lineno, column=error.colno)
    except RecursionError:
        return PlanSyntaxError("BR108", "nested too deeply", line=1, column=1)
    except ValueError as error:
        return PlanSyntaxError("BR101", str(error), line=1, column=1)
    if isinstance(plan, dict):
        return PlanSyntaxError("BR110", "an object names a key twice", line=1, column=1)
    return PlanSyntaxError("BR109", "the plan is no JSON object", line=1, column=1)
