#!/usr/bin/env python3
"""Dials through the client core from Python, without an extension module.

usage: dial.py LIBRARY SERVER [--clean] NUMBER...
for example: dial.py libadrclient.so.0 http://tftp1:6970 5551212

Copy the class Core into a program:

    with Core("libadrclient.so.0", ["http://tftp1:6970"], cache="/var/cache/phone") as core:
        print(core.dial("5551212"))

A test of a program uses rules from memory: Core.from_xml(library, application, lookup).
"""
import ctypes
import json
import sys
import threading
import warnings

OK, TOO_SMALL = 0, 1
BAD_ARGUMENT, NOT_OPENED, REFUSED, FAILED = 2, 3, 4, 5
CLOSED, OTHER_PROCESS, IN_CALLBACK, CALLBACK_ENDED = 6, 7, 8, 9

FORGET = 1
"""A flag of the settings: accept once an older generation than that in the cache."""


class Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("capacity", ctypes.c_size_t), ("length", ctypes.c_size_t)]


class Settings(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("servers", ctypes.POINTER(ctypes.c_char_p)),
        ("servers_count", ctypes.c_size_t),
        ("cache", ctypes.c_char_p),
        ("socket", ctypes.c_char_p),
        ("key", ctypes.c_char_p),
        ("folder", ctypes.c_char_p),
        ("proxy", ctypes.c_char_p),
        ("ca", ctypes.c_char_p),
        ("client_cert", ctypes.c_char_p),
        ("poll_milliseconds", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
    ]


Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


_running = threading.local()
"""The function that C calls in this thread."""


class AdrError(RuntimeError):
    """A call that failed.

    code: the number of the code, such as REFUSED.
    text: the phrase for the code.
    reason: what went wrong, in one line; "" where the code says all.
    """

    def __init__(self, code, text, reason=""):
        super().__init__(f"{text}: {reason}" if reason else text)
        self.code = code
        self.text = text
        self.reason = reason


def load(path):
    """The library with the types of its functions."""
    library = ctypes.CDLL(path)
    core, buffer = ctypes.c_void_p, ctypes.POINTER(Buffer)
    types = {
        "adr_open": [ctypes.POINTER(Settings), ctypes.POINTER(core), buffer],
        "adr_rules_from_xml": [Bytes, Bytes, ctypes.POINTER(core), buffer],
        "adr_dial": [core, Bytes, buffer],
        "adr_lookup": [core, Bytes, buffer],
        "adr_clean": [Bytes, ctypes.c_bool, buffer, buffer],
        "adr_reload": [core, ctypes.c_uint64, ctypes.c_void_p, buffer],
        "adr_announce": [core, Bytes],
        "adr_generation": [core],
        "adr_status": [core, buffer],
        "adr_subscribe": [core, Callback, ctypes.c_void_p],
        "adr_unsubscribe": [core, Callback, ctypes.c_void_p],
        "adr_close": [core],
        "adr_code_text": [ctypes.c_int32],
    }
    for name, arguments in types.items():
        getattr(library, name).argtypes = arguments
    library.adr_generation.restype = ctypes.c_uint64
    library.adr_code_text.restype = ctypes.c_char_p
    return library


class Core:
    """A running core. It is closed by `close`, or at the end of a `with` block.

    Any thread may use it. Settings are those of adr_settings, by name: cache, socket, key, folder,
    proxy, ca, client_cert (texts), poll_milliseconds and flags.
    """

    def __init__(self, library, servers, **settings):
        names = (ctypes.c_char_p * len(servers))(*[server.encode() for server in servers])
        fields = {name: value.encode() if isinstance(value, str) else value for name, value in settings.items()}
        given = Settings(struct_size=ctypes.sizeof(Settings), servers=names, servers_count=len(servers), **fields)
        self._start(library, lambda library, core, error: library.adr_open(ctypes.byref(given), core, error))

    @classmethod
    def from_xml(cls, library, application, lookup=None):
        """A core with the rules of two XML files in memory, as bytes, and without servers."""
        self = cls.__new__(cls)
        files = [Bytes(file, len(file or b"")) for file in (application, lookup)]
        self._start(library, lambda library, core, error: library.adr_rules_from_xml(*files, core, error))
        return self

    def _start(self, library, open_core):
        self.core = None
        self.library = load(library)
        self.calls = []
        self.is_closing = False
        self.lock = threading.Lock()
        opened = ctypes.c_void_p()
        self._check_with_reason(lambda error: open_core(self.library, ctypes.byref(opened), error))
        self.core = opened

    def _check(self, code, reason=""):
        if code != OK:
            raise AdrError(code, self.library.adr_code_text(code).decode(), reason)

    def _check_with_reason(self, call):
        """Makes a call that describes its failure. A description is at most some hundred bytes long."""
        text = ctypes.create_string_buffer(4096)
        message = Buffer(ctypes.addressof(text), len(text), 0)
        code = call(ctypes.byref(message))
        self._check(code, text.value.decode(errors="replace"))

    def _open(self):
        core = self.core
        if core is None:
            self._check(CLOSED)
        return core

    def _read(self, call):
        """The result of a call, however long it is."""
        capacity = 4096
        while True:
            text = ctypes.create_string_buffer(capacity)
            result = Buffer(ctypes.addressof(text), capacity, 0)
            code = call(ctypes.byref(result))
            if code != TOO_SMALL:
                self._check(code)
                return text.raw[: result.length]
            capacity = result.length + 1

    def _apply(self, function, number):
        number = number.encode(errors="surrogatepass")
        core, data = self._open(), Bytes(number, len(number))
        return self._read(lambda result: function(core, data, result)).decode(errors="replace")

    def dial(self, number):
        """What a softphone dials for a number."""
        return self._apply(self.library.adr_dial, number)

    def lookup(self, number):
        """What a softphone searches in the directory for the number of a caller."""
        return self._apply(self.library.adr_lookup, number)

    def clean(self, number, letters=False):
        """The number as a phone dials it: without spaces, dashes and invisible characters."""
        number = number.encode(errors="surrogatepass")
        data = Bytes(number, len(number))
        return self._read(lambda result: self.library.adr_clean(data, letters, result, None)).decode(errors="replace")

    def reload(self, seconds):
        """Asks the servers now. Raises AdrError, with a reason, if no newer rules were accepted."""
        core, milliseconds = self._open(), int(seconds * 1000)
        self._check_with_reason(lambda reason: self.library.adr_reload(core, milliseconds, None, reason))

    def announce(self, state):
        """Gives the core a state that the program heard elsewhere, as bytes: the data of a message on
        the subject `adrc.state` of NATS. The core asks its servers soon if the state is newer."""
        self._check(self.library.adr_announce(self._open(), Bytes(state, len(state))))

    def generation(self):
        """The generation that is running; 0 without rules."""
        return self.library.adr_generation(self._open())

    def status(self):
        """The status as a dictionary."""
        core = self._open()
        return json.loads(self._read(lambda result: self.library.adr_status(core, result)))

    def subscribe(self, callback):
        """Calls a function with the status, in a thread of the core, now and after every change.

        The function may call everything but `close`, and may unsubscribe itself."""

        @Callback
        def call(status, length, _user):
            _running.call = call
            callback(json.loads(ctypes.string_at(status, length)))

        with self.lock:
            self._check(self.library.adr_subscribe(self._open(), call, None))
            self.calls.append((callback, call))

    def unsubscribe(self, callback):
        """Ends the subscriptions of a function. Afterwards it is not called again."""
        with self.lock:
            ending = [call for subscribed, call in self.calls if subscribed == callback]
        if not ending:
            self._check(BAD_ARGUMENT, "no subscription has this function")
        for call in ending:
            code = self.library.adr_unsubscribe(self._open(), call, None)
            if code in (OK, CALLBACK_ENDED) and call is not getattr(_running, "call", None):
                with self.lock:
                    self.calls = [known for known in self.calls if known[1] is not call]
            self._check(code)

    def close(self):
        """Closes the core. A second call does nothing."""
        with self.lock:
            if self.core is None or self.is_closing:
                return
            self.is_closing = True
        # callbacks, which may use the core until they have returned, run meanwhile
        code = self.library.adr_close(self.core)
        self.is_closing = False
        if code == IN_CALLBACK:
            self._check(code)
        self.core = None
        if code not in (CLOSED, OTHER_PROCESS):
            self._check(code)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def __del__(self):
        if getattr(self, "core", None) is None:
            return
        warnings.warn(f"a core was not closed: {self!r}", ResourceWarning, source=self)
        try:
            self.close()
        except AdrError as error:
            if error.code == IN_CALLBACK:
                threading.Thread(target=_close_later, args=(self.library, self.core, self.calls)).start()


def _close_later(library, core, calls):
    """Closes a core whose last reference was in one of its callbacks."""
    library.adr_close(core)
    calls.clear()


def main(library, server, *numbers):
    with Core(library, [server]) as core:
        core.reload(30)
        print("generation", core.generation())
        clean = numbers[:1] == ("--clean",)
        for number in numbers[clean:]:
            print(core.dial(core.clean(number) if clean else number))


if __name__ == "__main__":
    main(*sys.argv[1:])
