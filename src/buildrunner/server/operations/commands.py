"""The commands behind `python -m buildrunner.server`, each importing only what it runs."""

from __future__ import annotations

import argparse
import fcntl
import os
from pathlib import Path
from urllib.parse import urlsplit

from buildrunner.server.operations import environment
from buildrunner.server.operations.database import is_external, keyring_of, opened, running
from buildrunner.server.operations.layout import refuse_newer
from buildrunner.server.operations.listening import LOOPBACKS
from buildrunner.server.operations.places import data_folder
from buildrunner.server.operations.words import Words
from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.errors import OperatorProblem

DEFAULT_PORT = 8400


def run_up(arguments: argparse.Namespace, say: Words) -> int:
    """Everything on this machine."""
    from buildrunner.server.operations import up

    options = up.Options(
        port=arguments.port,
        data_dir=data_folder(arguments.data_dir),
        listen=arguments.listen or list(LOOPBACKS),
        browser=not arguments.no_browser,
        as_json=say.as_json,
        verbose=arguments.verbose,
    )
    return up.run(options, say)


def run_migrate(arguments: argparse.Namespace, say: Words) -> int:
    """Tables and rights, as the owner role."""
    data_dir = data_folder(arguments.data_dir)
    refuse_newer(data_dir)
    with opened(data_dir, make=not (arguments.check or arguments.plan)) as databases:
        base = environment.common(data_dir, environment.public_url(DEFAULT_PORT))
        _django(environment.for_owner(base, databases))
        if arguments.check or arguments.plan:
            code = _show_plan(say, failing=arguments.check)
            _close()
            return code
        from buildrunner.server.operations.prepare import prepare_database

        done = prepare_database(force=arguments.force)
        _close()
    if say.as_json:
        say.emit(
            {
                "migrations": done.migrations,
                "rights_applied": done.rights,
                "backup": done.backup,
            }
        )
    if done.backup:
        say.done(f"backed up before: {done.backup}")
    say.done(f"{done.migrations} migrations ran" if done.migrations else "the tables are current")
    say.done("the roles' rights were applied" if done.rights else "the roles' rights are current")
    return 0


def _show_plan(say: Words, *, failing: bool) -> int:
    """The migrations that are missing; with `failing` 1 where there are any."""
    from buildrunner.server.operations.upgrade import plan

    steps = plan()
    if say.as_json:
        say.emit({"missing": [step._asdict() for step in steps]})
    for step in steps:
        say.say(f"  {step.name}")
        for what in step.breaks:
            say.note(f"a version that still runs stumbles over it: {what}")
    if not steps:
        say.done("the tables are current")
    elif any(step.breaks for step in steps):
        say.say("  Stop every web and worker process before you migrate.")
    else:
        say.say("  Web and worker may run on while you migrate: br server migrate")
    return 1 if failing and steps else 0


def run_prepare(_: argparse.Namespace, say: Words) -> int:
    """For `up`: in the environment it was given, migrate and make the first rows."""
    _django(dict(os.environ))
    from django.conf import settings

    from buildrunner.server.operations.bootstrap import welcome
    from buildrunner.server.operations.prepare import prepare_database

    done = prepare_database()
    say.emit({**welcome(settings.BR_PUBLIC_URL)._asdict(), "backup": done.backup})
    return 0


def run_link(arguments: argparse.Namespace, say: Words) -> int:
    """A new one-time sign-in link."""
    data_dir = data_folder(arguments.data_dir)
    with opened(data_dir) as databases:
        base = environment.common(data_dir, _running_url(data_dir))
        _django(environment.for_owner(base, databases))
        from django.conf import settings

        from buildrunner.server.operations.bootstrap import link_for

        link = link_for(arguments.email, settings.BR_PUBLIC_URL)
        _close()
    if say.as_json:
        say.emit({"sign_in_url": link})
    else:
        print(link)
    return 0


def run_tier(arguments: argparse.Namespace, say: Words) -> int:
    """Which tier an organization is on; with a name, put it there."""
    data_dir = data_folder(arguments.data_dir)
    with opened(data_dir) as databases:
        base = environment.common(data_dir, _running_url(data_dir))
        _django(environment.for_web(base, databases))
        from buildrunner.server.domains.entitlements import facade as entitlements
        from buildrunner.server.platform.actor import SYSTEM
        from buildrunner.server.platform.db.scope import tenant_scope

        if arguments.tier:
            found = entitlements.set_tier(SYSTEM, arguments.org, tier=arguments.tier)
        else:
            with tenant_scope(arguments.org):
                found = entitlements.tier_of(arguments.org)
        _close()
    if say.as_json:
        say.emit({"org_id": str(arguments.org), "tier": found.name, "limits": found.limits})
    else:
        print(f"{arguments.org}  {found.title}")
    return 0


def run_web(arguments: argparse.Namespace, _: Words) -> int:
    """The web process, on sockets handed down or on its own."""
    from buildrunner.server.operations import listening

    if arguments.fd:
        sockets = listening.inherited(arguments.fd)
    else:
        sockets = listening.bind(arguments.listen or list(LOOPBACKS), arguments.port)
    _as_web(arguments, sockets[0].getsockname()[1])
    from buildrunner.server.operations.web import serve

    serve(sockets)
    return 0


def run_worker(arguments: argparse.Namespace, _: Words) -> int:
    """Jobs, schedules and subscribers."""
    _as_web(arguments, DEFAULT_PORT)
    from buildrunner.server.operations.worker import work

    work()
    return 0


def run_backup(arguments: argparse.Namespace, say: Words) -> int:
    """Everything into one file, from the running server."""
    from buildrunner.server.operations import backup

    data_dir = data_folder(arguments.data_dir)
    passphrase = backup.passphrase_from(arguments.passphrase_file)
    keys = None
    if not arguments.without_keys:
        keys = backup.keys_in_use(keyring_of(data_dir), passphrase)
    with opened(data_dir) as databases:
        taken = backup.take(
            databases,
            Path(arguments.file),
            keys=keys,
            passphrase=passphrase,
            verify=arguments.verify,
            say=say,
        )
    if say.as_json:
        say.emit({**taken._asdict(), "path": str(taken.path)})
    if taken.keys and not taken.encrypted:
        say.note(f"{taken.path} holds the keys and is not encrypted: keep it as safe as them.")
        say.say("      Next time: --passphrase-file FILE, or --without-keys")
    return 0


def run_restore(arguments: argparse.Namespace, say: Words) -> int:
    """Everything from one file, into an empty place or beside what is there."""
    from buildrunner.server.operations import backup, restore
    from buildrunner.server.platform.db.backup_file import BackupFile

    source = BackupFile(
        Path(arguments.file).expanduser(), backup.passphrase_from(arguments.passphrase_file)
    )
    put = restore.into_database if is_external() else restore.into_folder
    data_dir = data_folder(arguments.data_dir)
    done = put(source, data_dir, replace=arguments.replace, say=say)
    if say.as_json:
        say.emit(done._asdict())
    if done.kept:
        say.note(f"What stood there is kept: {done.kept}")
    if not done.keys:
        say.note("The backup held no keys: everybody signs in anew; API keys hold.")
        say.say("      Sealed secrets open once BR_MASTER_KEY is set to the key you kept.")
    say.say(f"  Next: br up --data-dir {data_dir}")
    return 0


def run_keys(arguments: argparse.Namespace, say: Words) -> int:
    """What the keyring holds, by name and age; new keys for old ones."""
    data_dir = data_folder(arguments.data_dir)
    keyring = keyring_of(data_dir)
    if arguments.action == "rotate" and arguments.key is None:
        raise OperatorProblem(
            "Which key is to be rotated?",
            hint="br server keys rotate master   or   br server keys rotate secret",
        )
    if arguments.action == "unprotect":
        keyring.unprotect()
        if say.as_json:
            say.emit({"protected": False})
        say.done(f"{keyring.path} is in the clear; unset BR_KEYRING_PASSPHRASE_FILE now")
        return 0
    if arguments.action == "list":
        return _list_keys(keyring, say)
    if arguments.key == "secret":
        from buildrunner.server.operations.keys import rotate_secret

        rotate_secret(keyring, forget=arguments.forget)
        if say.as_json:
            say.emit({"rotated": "secret_key"})
        say.done("a new key signs from the next start on")
        say.say("  Next: restart the server")
        return 0
    return _rotate_master(data_dir, keyring, say)


def _list_keys(keyring: Keyring, say: Words) -> int:
    from buildrunner.server.operations.keys import listed

    found = listed(keyring)
    if say.as_json:
        say.emit({"protected": keyring.protected, "keys": [one._asdict() for one in found]})
    for one in found:
        age = "age unknown" if one.days is None else f"{one.days} days old"
        seals = f", seals as {one.name_in_seals}" if one.name_in_seals else ""
        say.say(f"  {one.name:<40} {age}, from {one.source}{seals}")
    guarded = "under a passphrase" if keyring.protected else "in the clear, readable for its owner"
    say.say(f"  {keyring.path} is {guarded}")
    return 0


def _rotate_master(data_dir: Path, keyring: Keyring, say: Words) -> int:
    with opened(data_dir) as databases:
        base = environment.common(data_dir, _running_url(data_dir))
        _django(environment.for_owner(base, databases))
        from buildrunner.server.operations.keys import rotate_master

        done = rotate_master(keyring)
        _close()
    if say.as_json:
        say.emit({"rotated": "master_key", **done._asdict()})
    say.done(f"{done.moved} sealed values are under the new master key")
    for place, count in done.broken.items():
        say.note(f"{count} values in {place} do not open with any key and stay as they are")
    for name in done.dropped:
        say.done(f"the old key {name} is dropped")
    for place, count in done.left.items():
        say.note(f"{count} values in {place} are still under an old key, which is kept")
    return 1 if done.broken else 0


def run_check(arguments: argparse.Namespace, say: Words) -> int:
    """What is right and wrong with this installation."""
    data_dir = data_folder(arguments.data_dir)
    with opened(data_dir) as databases:
        base = environment.common(data_dir, _running_url(data_dir))
        _django(environment.for_owner(base, databases))
        from buildrunner.server.operations.check import report

        number = urlsplit(_running_url(data_dir)).port or DEFAULT_PORT
        code = report(databases, say, number=number, running=_runs(data_dir))
        _close()
    return code


def _as_web(arguments: argparse.Namespace, port: int) -> None:
    """Take the web role: from the environment where it is complete, else from the data folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", environment.SETTINGS)
    if {"DATABASE_WEB_URL", "DATABASE_READER_URL", "BR_SECRET_KEY"} <= set(os.environ):
        os.environ.setdefault("DATABASE_URL", os.environ["DATABASE_WEB_URL"])
        return
    data_dir = data_folder(arguments.data_dir)
    databases = running(data_dir)
    base = environment.common(data_dir, environment.public_url(port))
    known = environment.for_web(base, databases)
    os.environ.pop("DATABASE_DIRECT_URL", None)
    os.environ.update(known)


def _runs(data_dir: Path) -> bool:
    """Whether `br up` holds the folder."""
    with (data_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _running_url(data_dir: Path) -> str:
    """The address of the server that runs on this folder, else the usual one."""
    try:
        words = (data_dir / "up.lock").read_text().split()
    except OSError:
        words = []
    return words[1] if len(words) > 1 else environment.public_url(DEFAULT_PORT)


def _django(known: dict[str, str]) -> None:
    os.environ.update(known)
    import django

    django.setup()


def _close() -> None:
    """Before the database is stopped under the connection."""
    from django.db import connections

    connections.close_all()
