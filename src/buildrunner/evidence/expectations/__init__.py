"""What a check expects, held against what there is: pure verdicts, no I/O.

`expect` of a check is read here and nowhere else, so that what `br` runs and what a report that
was made elsewhere says are judged alike.
"""
