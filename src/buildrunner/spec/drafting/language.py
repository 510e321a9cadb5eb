"""English as far as a plan needs it: sentences, clauses, titles, likeness. Rules, no model."""

from __future__ import annotations

import re
import unicodedata

TITLE = 110
LONGEST = 600

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,300}>")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,600}\)")
_MARKS = re.compile(r"(\*\*|__|~~|`+)")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])[\"')\]]{0,2}\s+(?=[A-Z0-9\"'(\[À-Þ])")
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|approx|incl|resp|no|fig|cf|mr|mrs|dr|st)\.$", re.I
)
_STORY = re.compile(
    r"^as an? (?P<who>[^,]{1,80}?),? i (?:want|need|would like|wish|can|must be able)(?: to(?: be able to)?)? "
    r"(?P<what>.+?)(?:,? so (?:that )?(?P<why>.+))?$",
    re.I,
)
_MODAL = re.compile(
    r"^(?:the |our |this |a |an )?(?:system|app|application|product|site|website|service|platform|"
    r"software|tool|api|backend|server|solution|we|i|it|you)"
    r" (?:must|should|shall|will|would|can|could|may|needs? to|has to|have to|want to|ought to)"
    r"(?: also)?(?: be able to)? (?P<what>.+)$",
    re.I,
)
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_STOP_TEXT = """
a an the to of in on at by for with and or as is are be it its this that these those our their
your my his her can could may must should shall will would need needs want wants has have able
via from into so we they you i user users system app
"""
_STOP = frozenset(_STOP_TEXT.split())
_VERBS_TEXT = """
accept access add adjust alert allow answer approve archive assign attach authenticate
authorize back backup block book browse build buy cache calculate cancel capture categorize
change charge chat check choose clean collect comment compare complete configure confirm
connect contact convert copy create customize define delete deliver deploy design detect
disable display document download draw drop edit email enable encrypt enforce enter expire
export expose fetch fill filter find fix follow format forward generate get give group handle
help hide host implement import improve index inform ingest install integrate invite join keep
label launch let like limit link list load localize lock log make manage map mark measure
mention merge migrate moderate monitor move notify open optimize order organize paginate parse
pay pick pin plan post prevent preview print process prompt protect provide publish pull
purchase push put query queue rate read receive recommend record recover redirect reduce
refactor refund refuse register reject release remind remove rename render renew reorder
replace reply report request require reschedule reserve reset resize restore restrict retry
return review revoke rotate run save scale scan schedule scrape search see select sell send
serve set share ship show sign skip sort split stop store stream subscribe suggest support
suspend switch sync synchronize tag take test toggle track train transfer translate trigger
unlock unsubscribe update upgrade upload use validate verify view visualize vote warn watch
withdraw work write
"""
VERBS = frozenset(_VERBS_TEXT.split())
_SPLIT = re.compile(r"(?:,? and (?:also |then )?|, (?:or )?|; |,? then )(?=([A-Za-z]+)\b)")
_ACTION = re.compile(
    r"\b(?:must|should|shall|needs? to|has to|have to|can|could|want(?:s)? to|wants?|let(?:s)?|"
    r"allow(?:s)?|enable(?:s)?|support(?:s)?|provide(?:s)?|require(?:s|d)?|able to)\b",
    re.I,
)
_STRICT = re.compile(r"\b(?:must|shall|needs? to|has to|have to|is required|are required)\b", re.I)
_MEASURED = re.compile(
    r"(?:\d+(?:[.,]\d+)?\s*(?:%|ms\b|s\b|sec|second|minute|min\b|hour|day|week|mb\b|gb\b|kb\b|"
    r"req|user|row|record|file|px\b|percent|item|time|star|usd|eur|€|\$)|[<>≤≥]\s*\d|within \d|"
    r"under \d|at least \d|at most \d|less than \d|more than \d|up to \d|wcag|p9[59])",
    re.I,
)


def cleaned(text: str) -> str:
    """One line of plain text: no markup, no control or direction characters, NFC."""
    text = _HALVES.sub("\ufffd", _HIDDEN.sub("", text))
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _MARKS.sub("", _TAG.sub(" ", text))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def shortened(text: str, most: int = LONGEST) -> str:
    """At most so many characters, cut behind a word."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head = cut.rpartition(" ")[0]
    return (head if len(head) > most // 2 else cut).rstrip(" ,;:-(") + "…"


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] += " " + piece
        elif piece.strip():
            found.append(piece.strip())
    return found


def clauses(sentence: str) -> list[str]:
    """`customers can browse and pay` → two clauses with the actor of the first.

    Split only where a verb follows, so that lists of things stay whole.
    """
    sentence = sentence.rstrip(" .!;")
    places = [
        (match.start(), match.end())
        for match in _SPLIT.finditer(sentence)
        if match[1].lower() in VERBS
    ]
    if not places:
        return [sentence]
    parts, start = [], 0
    for begin, end in places:
        parts.append(sentence[start:begin])
        start = end
    parts.append(sentence[start:])
    lead = re.match(r"^(.{0,80}?\b(?:can|must|should|shall|will|to|may|could)\b) ", parts[0], re.I)
    actor = lead[1] if lead else ""
    joined = [parts[0].strip()]
    for part in parts[1:]:
        part = part.strip()
        if part:
            joined.append(f"{actor} {part}" if actor else part)
    return [part for part in joined if part]


class Saying:
    """What a statement says: a `title`, who wants it and why, and whether it names a measure."""

    __slots__ = ("benefit", "measured", "title", "who")

    def __init__(self, text: str) -> None:
        text = text.strip().rstrip(".!;:, ")
        self.who = self.benefit = ""
        story = _STORY.match(text[:LONGEST])
        if story:
            self.who, self.benefit = story["who"], story["why"] or ""
            text = story["what"]
        else:
            modal = _MODAL.match(text)
            text = modal["what"] if modal else text
        self.measured = bool(_MEASURED.search(text))
        self.title = capital(shortened(text.strip().rstrip(".!;:, "), TITLE))


def capital(text: str) -> str:
    """The first letter large, unless the word is spelt its own way (`iOS`, `p95`)."""
    first = text.partition(" ")[0]
    if not text or not first[0].islower() or (not first[1:].islower() and len(first) > 1):
        return text
    return text[0].upper() + text[1:]


def is_measured(text: str) -> bool:
    """Whether a text names a number with its unit or a known standard."""
    return bool(_MEASURED.search(text))


def asks(sentence: str, *, strictly: bool = False) -> bool:
    """Whether a sentence asks for something to be built; `strictly` only `must` and the like."""
    if sentence.endswith("?"):
        return False
    if strictly:
        return bool(_STRICT.search(sentence))
    first = _WORD.search(sentence)
    return bool(_ACTION.search(sentence)) or (first is not None and first[0].lower() in VERBS)


def words(text: str) -> list[str]:
    """The words that carry meaning, in their order, plurals cut."""
    return [
        _singular(word)
        for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
        if word not in _STOP
    ]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def normal(text: str) -> str:
    """The text as it is compared: words only, else the text itself."""
    return " ".join(words(text)) or _SPACE.sub(" ", text.casefold()).strip()


def alike(left: frozenset[str], right: frozenset[str]) -> float:
    """Jaccard's index of two sets of words, 0 to 1."""
    return len(left & right) / len(left | right) if left and right else 0.0
