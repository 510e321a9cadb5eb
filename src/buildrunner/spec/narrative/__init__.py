"""A plan told in prose: for engineers, for the business, for everybody; every sentence names its source.

`tell.narrate` tells a plan or a part of it, `tour.walkthrough` leads through it, `markdown.render`
writes either. No model is needed: the same plan gives the same words.
"""
