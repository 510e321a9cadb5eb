"""Finding secrets and personal data in text: kinds, two engines with equal results, judgement.

`Scanner(ScanRules.from_policy(policy)).scan(data, path)` is the way in. Nothing here reads a file.
"""
