"""The record an outsider can verify: hash chain, Merkle proofs, signed checkpoints, export files."""
