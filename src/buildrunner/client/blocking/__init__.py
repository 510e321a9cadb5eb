"""The blocking client, made from `aio` by `script/mirror`: edit that."""
