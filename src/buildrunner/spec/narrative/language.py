"""The sentences of each language; what a language lacks is said in English."""

from __future__ import annotations

from typing import Any

FALLBACK = "en"
#: Languages with a catalogue of their own beside this file.
LANGUAGES = ("en", "de", "es", "fr")

_loaded: dict[str, dict[str, str]] = {}


class Voice:
    """A language in which sentences are said; a `plain` voice has no words of the trade."""

    def __init__(self, asked: str, *, plain: bool = False) -> None:
        wanted = asked.replace("_", "-").split("-")[0].casefold()
        self.asked = asked
        self.language = wanted if wanted in LANGUAGES else FALLBACK
        self._plain = plain
        self._words = _catalogue(self.language)

    def say(self, key: str, **values: Any) -> str:
        """A sentence. With `n`, the form of one is taken where there is exactly one."""
        if self._plain and f"{key}.plain" in self._words:
            key = f"{key}.plain"
        if values.get("n") == 1 and f"{key}.one" in self._words:
            key = f"{key}.one"
        return self._words[key].format(**values)

    def several(self, parts: list[str]) -> str:
        """Parts of a sentence joined as the language joins them."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self._words['and']} {parts[-1]}"


def _catalogue(language: str) -> dict[str, str]:
    if language not in _loaded:
        import tomllib
        from importlib.resources import files

        text = files("buildrunner.spec.narrative").joinpath(f"words.{language}.toml")
        _loaded[language] = dict(tomllib.loads(text.read_text("utf-8")))
    return _loaded[language]
