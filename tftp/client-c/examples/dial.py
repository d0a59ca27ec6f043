#!/usr/bin/env python3
"""Dials through the client core from Python, without an extension module.

usage: dial.py LIBRARY SERVER [--clean] NUMBER...
for example: dial.py libadrclient.so http://tftp1:6970 5551212
"""
import ctypes
import json
import sys


class Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("capacity", ctypes.c_size_t), ("length", ctypes.c_size_t)]


class Settings(ctypes.Structure):
    _fields_ = [
        ("servers", ctypes.POINTER(ctypes.c_char_p)),
        ("servers_count", ctypes.c_size_t),
        ("cache", ctypes.c_char_p),
        ("socket", ctypes.c_char_p),
        ("key", ctypes.c_char_p),
        ("poll_milliseconds", ctypes.c_uint64),
    ]


class Core:
    """A running core; `close` ends it."""

    def __init__(self, library, servers):
        self.library = ctypes.CDLL(library)
        self.library.adr_code_text.restype = ctypes.c_char_p
        for name in ("adr_dial", "adr_lookup"):
            getattr(self.library, name).argtypes = [ctypes.c_void_p, Bytes, ctypes.POINTER(Buffer)]
        buffer = ctypes.POINTER(Buffer)
        self.library.adr_clean.argtypes = [Bytes, ctypes.c_bool, buffer, buffer]
        self.library.adr_reload.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p]
        self.library.adr_status.argtypes = [ctypes.c_void_p, ctypes.POINTER(Buffer)]
        self.library.adr_close.argtypes = [ctypes.c_void_p]
        names = (ctypes.c_char_p * len(servers))(*[server.encode() for server in servers])
        settings = Settings(servers=names, servers_count=len(servers))
        self.core = ctypes.c_void_p()
        self.check(self.library.adr_open(ctypes.byref(settings), ctypes.byref(self.core), None))

    def check(self, code):
        if code != 0:
            raise RuntimeError(self.library.adr_code_text(code).decode())

    def read(self, call):
        text = ctypes.create_string_buffer(4096)
        buffer = Buffer(ctypes.addressof(text), len(text), 0)
        self.check(call(ctypes.byref(buffer)))
        return text.raw[: buffer.length]

    def dial(self, number):
        number = number.encode()
        data = Bytes(number, len(number))
        return self.read(lambda buffer: self.library.adr_dial(self.core, data, buffer)).decode(errors="replace")

    def clean(self, number):
        """The number as a phone dials it: without spaces, dashes and invisible characters."""
        number = number.encode()
        data = Bytes(number, len(number))
        return self.read(lambda buffer: self.library.adr_clean(data, False, buffer, None)).decode()

    def reload(self, seconds):
        self.check(self.library.adr_reload(self.core, int(seconds * 1000), None, None))

    def status(self):
        return json.loads(self.read(lambda buffer: self.library.adr_status(self.core, buffer)))

    def close(self):
        self.library.adr_close(self.core)


def main(library, server, *numbers):
    core = Core(library, [server])
    core.reload(30)
    print("generation", core.status()["generation"])
    clean = numbers[:1] == ("--clean",)
    for number in numbers[clean:]:
        print(core.dial(core.clean(number) if clean else number))
    core.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
