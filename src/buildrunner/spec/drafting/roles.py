"""What a section is for, told by its heading."""

from __future__ import annotations

import re

WORK = "work"
CRITERIA = "criteria"
OUTSIDE = "outside"
ASSUMPTIONS = "assumptions"
QUESTIONS = "questions"
RISKS = "risks"
BACKGROUND = "background"

# The first that matches decides.
_ROLES = (
    (
        OUTSIDE,
        r"non[- ]?goals?|out[- ]of[- ]scope|not in scope|won'?t (?:have|do)|exclusions?|excluded|"
        r"not (?:doing|included|planned)|later|future (?:work|ideas)|anti[- ]goals?",
    ),
    (
        QUESTIONS,
        r"open (?:questions?|issues|points)|questions?|unknowns?|tbd|to be (?:decided|defined)",
    ),
    (ASSUMPTIONS, r"assumptions?(?: (?:and|&) \w+)?|constraints?(?: (?:and|&) \w+)?|dependencies"),
    (RISKS, r"risks?(?: (?:and|&) \w+)?"),
    (
        CRITERIA,
        r"acceptance(?: criteria| tests?)?|definition of done|success (?:criteria|metrics|measures)|"
        r"done when|scenarios?|goals?(?: (?:and|&) \w+)?|objectives?|kpis?|metrics|"
        r"exit criteria|test(?:able)? criteria",
    ),
    (
        BACKGROUND,
        r"(?:executive )?summary|overview|introduction|intro|background|context|problem(?: statement)?|"
        r"motivation|vision|about.*|personas?|(?:target )?(?:users?|audience|market)|glossary|"
        r"definitions?|references?|appendi(?:x|ces)|stakeholders?|competit\w+|(?:revision |change ?)?"
        r"(?:history|log)|team|(?:table of )?contents|licen[sc]e|contribut\w+|acknowledge?ments?|"
        r"why.*|links|resources|related.*|description|purpose|status|authors?|credits|"
        r"(?:quick ?|getting )start(?:ed)?|install(?:ation|ing)?|usage|examples?|faq|support|badges|"
        r"document (?:info|control|history).*|change ?log",
    ),
)
_COMPILED = tuple(
    (
        role,
        re.compile(
            rf"(?:\d+(?:\.\d+)*[.)]?\s+)?(?:the |our |key |product )?(?:{pattern})\s*[:.]?", re.I
        ),
    )
    for role, pattern in _ROLES
)
_HOLDER = re.compile(
    r"(?:\d+(?:\.\d+)*[.)]?\s+)?(?:milestones?|roadmap|phases|epics|releases|delivery plan|"
    r"implementation plan|timeline)\s*:?",
    re.I,
)
_MILESTONE = re.compile(r"(?:milestone|phase|release|sprint|epic|iteration)\s*[#\d:IVX-]", re.I)
_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[IVX]+\.|[a-z]\))\s+(?=\S)")
_PREFIX = re.compile(
    r"^(?:feature|story|user story|requirement|req|epic|task|f|r|fr|nfr|us)[- #]?\d*\s*[:.–—-]\s+",
    re.I,
)
_KIND = re.compile(
    r"^(?:prd|product requirements?(?: document)?|spec(?:ification)?)\s*[:–—-]\s*|"
    r"\s*[:–—(-]*\s*\b(?:prd|product requirements?(?: document)?|requirements? document)\b\)?$",
    re.I,
)


def role_of(title: str) -> str:
    """The role of a section or of a line that introduces a list."""
    for role, pattern in _COMPILED:
        if pattern.fullmatch(title):
            return role
    return WORK


def holds_milestones(title: str) -> bool:
    """Whether the headings below it are milestones: `Roadmap`, `Milestones`."""
    return _HOLDER.fullmatch(title) is not None


def is_milestone(title: str) -> bool:
    """Whether a heading names a milestone: `Phase 2: …`."""
    return _MILESTONE.match(title) is not None


def plain_title(title: str) -> str:
    """A heading without its number or label."""
    title = _KIND.sub("", _NUMBER.sub("", title))
    return _PREFIX.sub("", title).strip(" :–—-") or title
