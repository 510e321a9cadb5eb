"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
)


class ProviderAbsent(NotFound):
    """The organization has no such provider."""

    code = "provider_not_found"


class ProviderNameTaken(Conflict):
    """Another provider of the organization is called so."""

    code = "provider_name_taken"


class ProvidersFull(Conflict):
    """The organization has as many as it may."""

    code = "providers_full"


class ProviderInvalid(Invalid):
    """Something about the provider cannot be; `field` says what."""

    code = "provider_invalid"


class ModelUnserved(NotFound):
    """No provider of the organization serves the model."""

    code = "model_not_found"
    title = "No provider serves this model"


class UpstreamFailed(DomainError):
    """The provider did not answer, and neither did any other that may stand in for it."""

    status = 502
    code = "provider_failed"
    title = "The provider did not answer"


class UpstreamSlow(DomainError):
    """The provider took longer than its timeout."""

    status = 504
    code = "provider_timeout"
    title = "The provider took too long"


class CallInvalid(DomainError):
    """The body of a call to a model cannot be understood."""

    status = 400
    code = "invalid_request"
    title = "The call cannot be understood"


class CallTooSlow(DomainError):
    """The body of a call did not arrive in time."""

    status = 408
    code = "request_timeout"
    title = "The body did not arrive in time"


class NoModelFits(Conflict):
    """No model may do the task; `missing` says why for each."""

    code = "no_model_fits"


class NoModel(Invalid):
    """No model that may do the task has a provider here; `missing` says why for each."""

    code = "no_model"
    title = "No model can be asked"


class QualityTooLow(Invalid):
    """Every answer was judged below the minimum that the project sets; `attempts` says how far."""

    code = "quality_too_low"
    title = "No answer was good enough"


class RouteAbsent(NotFound):
    """The project has no such route."""

    code = "route_not_found"


class RouteReported(Conflict):
    """What came of the route was reported before."""

    code = "route_reported"


class DualRunOff(Conflict):
    """The project does not have two models do this type of task."""

    code = "dual_run_off"
    title = "Two models are not asked here"


class NoSecondModel(Invalid):
    """Only one model may do the task, or nobody may judge."""

    code = "no_second_model"
    title = "There are no two models to compare"


class ArbitrationUnpriced(Invalid):
    """What the calls cost is unknown, so no multiple of it can be kept to."""

    code = "arbitration_unpriced"
    title = "The comparison has no known price"


class MultiplierExceeded(Invalid):
    """All calls together are estimated above the multiple that the project allows."""

    code = "cost_multiplier_exceeded"
    title = "The comparison would cost too much"


class ArbitrationAbsent(NotFound):
    """The project has no such arbitration."""

    code = "arbitration_not_found"


class ArbitrationDecided(Conflict):
    """It was decided before."""

    code = "arbitration_decided"


class DecidedInPerson(Forbidden):
    """Programs may not do this, whatever their rights."""

    code = "in_person_only"
    title = "This is done in person"

    def __init__(self, page: str) -> None:
        super().__init__(
            "Deciding between two answers is the act of a person in a browser; keys, agents and "
            f"service accounts cannot do it. Open {page}",
            page=page,
        )
