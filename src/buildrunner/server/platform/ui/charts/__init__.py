"""Charts: one Vega-Lite specification, drawn by the browser on pages and by the server in files.

`spec` helps to write specifications, `component` shows one on a page, `drawing` makes SVG, PNG and
PDF of it, `library` is the script that pages draw with. Colours are names of tokens
(`token:accent`), resolved where it is drawn.
"""
