"""The rules, one module a subject: each looks at a Case and denies what the policy denies."""
