"""`python -m buildrunner.mcp`: what `br mcp` hands over to."""

from __future__ import annotations

import argparse
import os

import anyio

from buildrunner.mcp.server import serve


def main() -> None:
    """Serve the workspace around the current folder on standard input and output."""
    parser = argparse.ArgumentParser(prog="br mcp", add_help=False)
    parser.add_argument("--as", dest="actor", default="")
    anyio.run(serve, os.getcwd(), parser.parse_args().actor)


if __name__ == "__main__":
    main()
