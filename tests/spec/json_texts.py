"""Random JSON values and every way to spell them."""

import json

from hypothesis import strategies as st

TEXT = st.text(max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | TEXT
)
ENTITIES = st.deferred(
    lambda: st.lists(
        st.fixed_dictionaries(
            {"id": st.sampled_from("abcdef")},
            optional={"title": TEXT, "criteria": st.lists(TEXT, max_size=3), "x": JSON},
        ),
        max_size=4,
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(
    st.sampled_from(["title", "milestones", "meta", "a", "b"]), JSON | ENTITIES, max_size=5
)


def space(draw):
    return draw(st.text(alphabet=" \t\r\n", max_size=3))


@st.composite
def spelled(draw, value):
    """`value` as JSON text with whitespace anywhere the grammar allows it."""
    if isinstance(value, dict):
        inner = [
            space(draw)
            + json.dumps(key, ensure_ascii=draw(st.booleans()))
            + space(draw)
            + ":"
            + space(draw)
            + draw(spelled(member))
            + space(draw)
            for key, member in value.items()
        ]
        return "{" + (",".join(inner) or space(draw)) + "}"
    if isinstance(value, list):
        inner = [space(draw) + draw(spelled(member)) + space(draw) for member in value]
        return "[" + (",".join(inner) or space(draw)) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))
