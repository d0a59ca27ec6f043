#!/usr/bin/env python3
"""Dials through the client core, and hears of new rules over NATS.

usage: announce.py LIBRARY SERVER NATS [NUMBER]
for example: announce.py libadrclient.so.0 http://tftp1:6970 nats://nats1:4222 5551212

The nodes of a cluster publish each new state on the subject `adrc.state`, as the line of JSON that
a server sends in its events. A state only tells the core to look: the core fetches the files from
its server, and accepts what verifies. The bucket `adrc` has the last state under the key
`current`, for what happened before this program subscribed.

The program prints each generation that runs and, with a number, what a softphone dials for it.
It needs nats-py, and dial.py beside it.
"""
import asyncio
import sys

import nats

from dial import AdrError, Core

SUBJECT, BUCKET, KEY = "adrc.state", "adrc", "current"


def announce(core, state):
    """Gives a state to the core. Messages that are not states do not end the program."""
    try:
        core.announce(state)
    except AdrError as error:
        print(f"not a state: {error}", file=sys.stderr)


async def last_state(connection):
    """The last state, or None before the first one."""
    try:
        bucket = await connection.jetstream().key_value(BUCKET)
        return (await bucket.get(KEY)).value
    except nats.errors.Error:
        return None


async def listen(core, url):
    """Gives every state that NATS has to the core, also after NATS was away."""

    async def on_state(message):
        announce(core, message.data)

    async def on_connection():
        state = await last_state(connection)
        if state is not None:
            announce(core, state)

    connection = await nats.connect(url, reconnected_cb=on_connection, max_reconnect_attempts=-1)
    # first the subscription, so that no state falls between the two
    await connection.subscribe(SUBJECT, cb=on_state)
    await connection.flush()
    await on_connection()
    await asyncio.Event().wait()


def main(library, server, url, number=None):
    def on_status(status):
        result = f" {core.dial(number)}" if number else ""
        print(f"generation {status['generation']}{result}", flush=True)

    with Core(library, [server]) as core:
        core.subscribe(on_status)
        asyncio.run(listen(core, url))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
