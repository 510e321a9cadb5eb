"""Plans whose texts are anything a person, a tool or an attacker may have put there."""

from hypothesis import strategies as st

from strategies import entities, plans

#: What has a meaning in one of the formats.
TELLING = [
    "", " ", "  edges  ", "a  b", "=1+1", "+x", "-x", "@x", "'=x", "''-", "\tx", "\r", "a\rb", "a\nb",
    "a\r\nb", "- item", "* item", "1. item", "1) x", "# title", "x #", "x ##", "> quote", "```", "~~~", "---",
    "***", "===", "[x] done", "[ ] open", "[a]: b", "<b>bold</b>", "<!-- -->", "&amp;", "&#10;",
    "&#x;", "\\", "\\\\", "a\\", "\\&#10;", "x {#m1}", "{#m1 status=done}", "{id=\"a b\"}", "}", '"', '""',
    "a,b", "a;b", "a|b", "[1]", '["a"]', "[", "\u2028", "\ufeff", "\x00", "\x85", "\u3000x\u00a0",
    "*stress*", "`code`", "__init__", "    code", "end", "subgraph x", "%% c", "Ünïcødé 🚢",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(TELLING),
    st.text(max_size=30).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
    st.lists(st.sampled_from(TELLING), min_size=2, max_size=3).map("".join),
)


@st.composite
def plans_with_any_text(draw):
    """A plan in which titles, criteria and the other texts are drawn from `texts`."""
    plan = draw(plans())
    plan["title"] = draw(texts)
    earlier = []
    for kind, entity, _ in entities(plan):
        if kind != "microstep":
            if earlier and draw(st.booleans()):
                entity["depends_on"] = [draw(st.sampled_from(earlier))]
            if kind == "step":
                earlier.append(entity["id"])
    for kind, entity, _ in entities(plan):
        entity["title"] = draw(texts)
        if kind == "milestone" and draw(st.booleans()):
            entity["phase"] = draw(texts)
        if kind != "microstep":
            continue
        entity["criteria"] = draw(st.lists(texts, max_size=3))
        entity["status"] = draw(st.sampled_from(["todo", "doing", "blocked", "done"]))
        for field in ("owner", "risk_notes", "rollback_plan", "post_check", "risk_level"):
            if draw(st.booleans()):
                entity[field] = draw(texts)
        for field in ("links", "demo_script"):
            if draw(st.booleans()):
                entity[field] = draw(st.lists(texts, max_size=2))
    return plan
