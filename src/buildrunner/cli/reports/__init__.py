"""Findings in the forms that other tools read: SARIF 2.1.0, JUnit XML, GitHub annotations.

All writers take the same results, a list of objects with

    rule         id of the rule
    level        error | warning | note
    message      what is wrong, in one paragraph
    path         file relative to the repository, or absent
    line, column from 1, or absent
    fingerprint  stable identity of the finding, or absent
    title        the rule in a few words
    help         how to mend it
    waived       why it does not count, or absent
"""
