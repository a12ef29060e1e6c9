"""`token`: who may submit, read the audit log, or read answers of studies."""

from __future__ import annotations

import argparse
from typing import Any

from leaderboard.commands.options import add_db, open_store

_EXAMPLES = """\
examples:
  python -m leaderboard token create "Lab of A" > lab-a.token
  python -m leaderboard token create ops --scopes submit,admin --days 90 > ops.token
  python -m leaderboard token list
  python -m leaderboard token revoke 3

create prints the token once, on standard output; only its sha256 is kept. Whoever has it acts under its name.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "token",
        help="make, list and revoke tokens",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{create,list,revoke}")
    create = verbs.add_parser("create", help="make a token and print it, once")
    create.add_argument("name", metavar="NAME", help="of who will use it; shown beside submissions")
    create.add_argument("--scopes", default="submit", metavar="S[,T...]", help="submit, admin, study (default: submit)")
    create.add_argument("--days", type=_days, metavar="N", help="until it expires (default: never)")
    listing = verbs.add_parser("list", help="show all tokens, without their secrets")
    revoke = verbs.add_parser("revoke", help="make a token useless")
    revoke.add_argument("number", type=int, metavar="N", help="number of the token")
    for one in (create, listing, revoke):
        add_db(one)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Do one of the three."""
    import sys

    from leaderboard.store.tokens import create_token, list_tokens, revoke_token

    database = open_store(options).database
    if options.verb == "create":
        token, secret = create_token(database, options.name, options.scopes.split(","), days=options.days)
        print(f"token {token.number} of {token.name}: {', '.join(token.scopes)}; kept nowhere else:", file=sys.stderr)
        print(secret)
    elif options.verb == "list":
        for token in list_tokens(database):
            ends = f", until {token.expires_at}" if token.expires_at else ""
            print(
                f"{token.number}\t{token.name}\t{','.join(token.scopes)}\t{token.state}\tsince {token.created_at}{ends}"
            )
    else:
        token = revoke_token(database, options.number)
        print(f"token {token.number} of {token.name} is revoked")
    return 0


def _days(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 36500:
        raise argparse.ArgumentTypeError(f"expected a number of days above 0 but got {text!r}")
    return value
