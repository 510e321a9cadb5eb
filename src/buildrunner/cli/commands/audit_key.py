"""`br audit key`: the public keys that a repository, or an organization on a server, vouches for."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from buildrunner.cli.commands.audit import organization
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, Refusal, usage
from buildrunner.cli.remote import connect

_HELP = "br help audit key"


def run_key(context: Context) -> int:
    """List keys, trust one, or trust one no more."""
    arguments = context.arguments
    action = arguments.text("ACTION") or "list"
    remote = arguments.flag("remote") or bool(arguments.text("org"))
    verbs = {"list": _list, "add": _add, "remove": _remove}
    if action not in verbs:
        raise usage(f"{action}: say list, add or remove", next_command=_HELP)
    if action != "list" and not arguments.text("KEY"):
        raise usage(f"which key? br audit key {action} KEY", next_command=_HELP)
    return verbs[action](context, remote)


def _list(context: Context, remote: bool) -> int:
    out = context.out
    rows = _remote_rows(context) if remote else _own_rows(context)
    out.emit({"keys": rows})
    for row in rows:
        marks = "  this machine's" if row.get("own") else ""
        marks += f"  revoked {row['revoked_at'][:10]}" if row.get("revoked_at") else ""
        out.data(f"{row['id']}  {row['class']:<7} {row['public_key']}  {row['name']}{marks}")
    if not rows:
        out.note("no keys yet")
        out.hint("br audit key add PUBLIC_KEY --name NAME")
    return OK


def _own_rows(context: Context) -> list[dict[str, Any]]:
    from buildrunner.workspace import keys

    found = keys.known_keys(context.workspace)
    return [{**key.as_dict(), "own": key.own} for key in found]


def _remote_rows(context: Context) -> list[dict[str, Any]]:
    with connect(context.settings) as client:
        found = list(client.signing_keys.list(organization(context, client)))
    return [
        {
            "id": key.key_id,
            "public_key": key.public_key,
            "name": key.name,
            "class": key.purpose,
            "added_at": key.created_at,
            "revoked_at": key.revoked_at,
        }
        for key in found
    ]


def _add(context: Context, remote: bool) -> int:
    arguments, out = context.arguments, context.out
    public = _public(arguments.required("KEY"))
    name = arguments.text("name") or "unnamed"
    if remote:
        with connect(context.settings) as client:
            made = client.signing_keys.register(
                organization(context, client), name=name, public_key=b64encode(public).decode()
            )
        row = {"id": made.key_id, "public_key": made.public_key, "name": made.name}
        where = "the organization vouches"
    else:
        from buildrunner.workspace import keys

        kind = arguments.text("class") or "local"
        row = keys.add_key(context.workspace, public, name, kind).as_dict()
        where = f"{keys.TRUSTED} vouches"
    out.emit({"keys": [row]})
    out.note(f"{where} for {row['id']} ({row['name']})")
    if not remote:
        out.hint(f"git add {keys.TRUSTED}", "so that every clone knows it")
    return OK


def _remove(context: Context, remote: bool) -> int:
    arguments, out = context.arguments, context.out
    key_id = arguments.required("KEY")
    if remote:
        with connect(context.settings) as client:
            client.signing_keys.revoke(organization(context, client), key_id)
    else:
        from buildrunner.workspace import keys

        if not keys.remove_key(context.workspace, key_id):
            raise Refusal(
                "no_key", f"{keys.TRUSTED} has no key {key_id}", next_command="br audit key list"
            )
    out.emit({"keys": [{"id": key_id}]})
    out.note(f"{key_id} is vouched for no longer")
    return OK


def _public(text: str) -> bytes:
    from buildrunner.ledger import signature
    from buildrunner.ledger.errors import LedgerError

    try:
        raw = bytes.fromhex(text) if len(text) == 64 else b64decode(text, validate=True)
        return signature.check_public(raw)
    except (ValueError, LedgerError):
        raise usage(
            "the key must be an Ed25519 public key: 32 bytes as base64 or hexadecimal digits",
            next_command=_HELP,
        ) from None
