"""The client core of adrc: dials as the softphones of a user do.

    import adrc

    with adrc.Core(["http://tftp1:6970"], cache="/var/cache/phone") as core:
        core.reload(30)
        print(core.dial("5551212"))

A test of a program uses rules from memory: adrc.Core.from_xml(application, lookup). The module
adrc.dial has the same class for a library of another place.
"""
import pathlib
import sys

from . import dial
from .dial import (
    BAD_ARGUMENT,
    CALLBACK_ENDED,
    CLOSED,
    FAILED,
    FORGET,
    IN_CALLBACK,
    NOT_OPENED,
    OK,
    OTHER_PROCESS,
    REFUSED,
    TOO_SMALL,
    AdrError,
)

__all__ = [
    "BAD_ARGUMENT",
    "CALLBACK_ENDED",
    "CLOSED",
    "FAILED",
    "FORGET",
    "IN_CALLBACK",
    "LIBRARY",
    "NOT_OPENED",
    "OK",
    "OTHER_PROCESS",
    "REFUSED",
    "TOO_SMALL",
    "AdrError",
    "Core",
]

_NAMES = {"win32": "adrclient.dll", "darwin": "libadrclient.dylib"}

LIBRARY = str(pathlib.Path(__file__).parent / _NAMES.get(sys.platform, "libadrclient.so"))
"""The path of the C library in this package."""


class Core(dial.Core):
    """A running core with the library of this package. It is closed by `close`, or at the end of a
    `with` block.

    Any thread may use it. Settings are those of adr_settings, by name: cache, socket, key, folder,
    proxy, ca, client_cert (texts), poll_milliseconds and flags.
    """

    def __init__(self, servers, **settings):
        super().__init__(LIBRARY, servers, **settings)

    @classmethod
    def from_xml(cls, application, lookup=None):
        """A core with the rules of two XML files in memory, as bytes, and without servers."""
        return super().from_xml(LIBRARY, application, lookup)
