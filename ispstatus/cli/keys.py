"""``ispstatus keys``: who may ask the APIs that want a key."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ispstatus.cli.options import EXIT_FAILED, EXIT_OK, add_common, database
from ispstatus.model.key import INSIGHT, READ, SCOPES

if TYPE_CHECKING:
    from ispstatus.store.db import Db

T = TypeVar("T")

_WITHIN_S = 5.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser("keys", help="list, create or revoke API keys, also while ispstatus runs")
    inner = parser.add_subparsers(dest="keys_command", metavar="COMMAND", required=True)
    listing = inner.add_parser("list", help="list every key there is or was: what it allows and when it was used")
    listing.set_defaults(run=_list)
    create = inner.add_parser("create", help="make a key and print it, this once")
    create.add_argument("name", metavar="NAME", help="who will use it")
    create.add_argument("--family", choices=sorted(SCOPES), default=INSIGHT, help=f"which API (default: {INSIGHT})")
    create.add_argument(
        "--scope",
        choices=sorted({scope for scopes in SCOPES.values() for scope in scopes}),
        action="append",
        help=f"what it allows; may be given more than once (default: {READ})",
    )
    create.set_defaults(run=_create)
    revoke = inner.add_parser("revoke", help="let a key open nothing any more, at once")
    revoke.add_argument("id", type=int, metavar="ID", help="its number, as `ispstatus keys list` shows it")
    revoke.set_defaults(run=_revoke)
    first = inner.add_parser("show-first", help="print the key that ispstatus made at its first start")
    first.set_defaults(run=_show_first)
    for command in (listing, create, revoke, first):
        add_common(command)


def _list(args: argparse.Namespace) -> int:
    from ispstatus.queries.keys import all_keys
    from ispstatus.queries.reader import Reader

    reader = Reader(database(args))
    try:
        for key in all_keys(reader):
            used = f"used {key.used_on}" if key.used_on else "never used"
            state = "usable" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
            print(
                key.id, key.name, key.family, ",".join(key.scopes), f"{key.created_at:%Y-%m-%d}", used, state, sep="\t"
            )
    finally:
        reader.close()
    return EXIT_OK


def _create(args: argparse.Namespace) -> int:
    from ispstatus.actions.keys import create_key
    from ispstatus.clock import SYSTEM

    scopes = args.scope or [READ]
    print(_write(args, lambda db: create_key(db, args.family, args.name, scopes, SYSTEM.now())))
    return EXIT_OK


def _revoke(args: argparse.Namespace) -> int:
    from ispstatus.actions.keys import revoke_key
    from ispstatus.clock import SYSTEM

    _write(args, lambda db: revoke_key(db, args.id, SYSTEM.now()))
    print(f"key {args.id} is revoked")
    return EXIT_OK


def _show_first(args: argparse.Namespace) -> int:
    from ispstatus.store import key_file

    secret = key_file.read(database(args), INSIGHT)
    if secret is None:
        path = key_file.path_of(database(args), INSIGHT)
        print(f"ispstatus: {path} cannot be read: {_ADVICE}", file=sys.stderr)
        return EXIT_FAILED
    print(secret)
    return EXIT_OK


_ADVICE = "it is made at the first start and goes when it is revoked; `ispstatus keys create NAME` makes another"


def _write(args: argparse.Namespace, write: "Callable[[Db], T]") -> T:
    from ispstatus.clock import SYSTEM
    from ispstatus.store.beside import write_beside

    return write_beside(database(args), SYSTEM, write, within_s=_WITHIN_S)
