"""Gates: questions that a lower room asks a higher one, without knowing who answers.

The lower room declares a gate and calls it; `config/gates.py` wires the answer. Until then a gate
answers what its declaration says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Question = ParamSpec("Question")
Answer = TypeVar("Answer")


class Gate(Generic[Question, Answer]):
    """Used as a decorator of the function that answers where nobody higher does."""

    def __init__(self, unwired: Callable[Question, Answer]) -> None:
        self.__doc__ = unwired.__doc__
        self._answer = unwired

    def wire(self, answer: Callable[Question, Answer]) -> None:
        """Let somebody else answer from now on."""
        self._answer = answer

    def __call__(self, *args: Question.args, **kwargs: Question.kwargs) -> Answer:
        """Ask."""
        return self._answer(*args, **kwargs)
