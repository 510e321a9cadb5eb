"""Running checks: a process tree that ends when it should, answers of servers, files, reports.

The verdict is that of `buildrunner.evidence.expectations`; here is only what touches the machine.
"""
