"""The policy's shape, written once as types; the JSON Schema and the reference are generated.

Nothing decodes into these: a policy stays plain data, because keys nobody declared must not stop
it from being read. `python -m buildrunner.policy.schema` writes what is derived.
"""
