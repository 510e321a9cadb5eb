"""A program that is on a project and shows signs of life until it is killed:
`python beating.py KEY PROJECT URL...`. It says `here` when others can see it.
"""

import contextlib
import itertools
import sys
import time
from uuid import uuid4

from buildrunner.client import Client
from buildrunner.client.errors import ClientError


def main() -> None:
    """Show, beat at each address in turn, show again where that lapsed."""
    key, project, *urls = sys.argv[1:]
    clients = itertools.cycle([Client(url, key) for url in urls])
    place, token = str(uuid4()), ""
    while True:
        with contextlib.suppress(ClientError):
            client = next(clients)
            if not token or client.presence.beat([token]):
                token = client.presence.show(project, place, page="plan").token or ""
                print("here", flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()
