"""Blueprints: plans written once, with parameters, that combine into any plan.

`load` reads a pack and says what is wrong with it, `render` fills its parameters in, `combine`
merges one or several into a plan as operations; `catalog` lists the packs that come along.
Nothing in a pack is ever evaluated.
"""

from buildrunner.spec.blueprints.catalog import Entry, catalog, find
from buildrunner.spec.blueprints.combining import Combination, combine
from buildrunner.spec.blueprints.exporting import export
from buildrunner.spec.blueprints.reading import Reading, load
from buildrunner.spec.blueprints.rendering import Fragment, render
from buildrunner.spec.blueprints.telling import changes, in_words

__all__ = [
    "Combination",
    "Entry",
    "Fragment",
    "Reading",
    "catalog",
    "changes",
    "combine",
    "export",
    "find",
    "in_words",
    "load",
    "render",
]
