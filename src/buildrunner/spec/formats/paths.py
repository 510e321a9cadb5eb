"""Keys for items whose source numbers nothing: the path of titles, made short."""

from __future__ import annotations

import re
from hashlib import blake2b

from buildrunner.spec.formats.outline import Source

_GAP = re.compile(r"[\W_]+")
_COPY = re.compile(r"( \(\d+\)|[ _-]copy)+$", re.IGNORECASE)
_LONGEST = 48


def slug(title: str) -> str:
    """A title as a part of a key: letters and digits in lower case, joined by hyphens.

    A long one ends in a hash of the whole; one without letters is only that hash.
    """
    words = _GAP.sub("-", title.casefold()).strip("-")
    if len(words) <= _LONGEST and (words or not title):
        return words
    digest = blake2b(title.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{words[:_LONGEST].rstrip('-')}-{digest}".lstrip("-")


def scope_of(source: Source) -> str:
    """The file's name without what a browser adds to a second download: "plan (1)" is "plan"."""
    return slug(_COPY.sub("", source.stem)) or "import"
