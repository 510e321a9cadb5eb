"""What is wrong with a check, a record or a signature, and how to mend it."""

from __future__ import annotations


class Finding:
    """One thing wrong: `code` is stable, `message` says what, `hint` says how to mend it."""

    __slots__ = ("code", "hint", "message")

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code = code
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The finding as a JSON object."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __repr__(self) -> str:
        return f"<{self.code}: {self.message}>"


class EvidenceError(Exception):
    """Raised where there is no record to judge; the members are those of a Finding."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def finding(self) -> Finding:
        """The same, for those who collect."""
        return Finding(self.code, self.message, self.hint)
