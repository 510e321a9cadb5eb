"""The Build Spec, pure: documents in, documents and findings out; no I/O."""
