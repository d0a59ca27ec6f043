"""The class Core of examples/dial.py as applications use it, also wrongly.

usage: python_cases.py CASE LIBRARY SERVER FOLDER_OF_DIAL_PY
"""
import ctypes
import faulthandler
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import warnings

faulthandler.enable()
CASE, LIBRARY, SERVER = sys.argv[1:4]
sys.path.insert(0, sys.argv[4])
import dial
from dial import AdrError, Core

XML = b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>"


def ready():
    core = Core(LIBRARY, [SERVER])
    core.reload(60)
    return core


def error_of(call):
    try:
        call()
    except AdrError as error:
        return error
    raise AssertionError("no error")


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def eight_threads_share_a_core():
    wrong, dialed = [], [0] * 8

    def work(at):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if core.dial("5551212") != "95551212":
                wrong.append(at)
            dialed[at] += 1
            if dialed[at] % 100 == 0:
                assert core.status()["generation"] == core.generation() == 7
                core.reload(60)

    with ready() as core:
        threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong and all(dialed), (wrong, dialed)


def callbacks_use_the_core():
    received, codes = [], []

    def receive(status):
        received.append((status["has_rules"], core.dial("5551212")))
        codes.append(error_of(core.close).code)

    def receive_once(status):
        core.unsubscribe(receive_once)
        received.append(status)

    with ready() as core:
        core.subscribe(receive)
        wait_until(lambda: codes)
        assert received == [(True, "95551212")] and codes == [dial.IN_CALLBACK], (received, codes)
        core.unsubscribe(receive)
        assert error_of(lambda: core.unsubscribe(receive)).code == dial.BAD_ARGUMENT
        core.subscribe(receive_once)
        wait_until(lambda: len(received) == 2)


def callback_that_raises_does_no_harm():
    raised = []
    sys.unraisablehook = lambda unraisable: raised.append(str(unraisable.exc_value))

    def fail(_status):
        raise ValueError("from a callback")

    with ready() as core:
        core.subscribe(fail)
        wait_until(lambda: raised)
        assert core.dial("5551212") == "95551212"
    assert "from a callback" in raised[0], raised


def close_waits_for_a_callback():
    state = []

    def sleep(_status):
        state.append("begun")
        time.sleep(0.3)
        state.append(core.dial("5551212"))

    core = ready()
    core.subscribe(sleep)
    wait_until(lambda: state)
    core.close()
    assert state == ["begun", "95551212"], state


def errors_have_reasons():
    error = error_of(lambda: Core(LIBRARY, ["ftp://x"]))
    assert error.code == dial.BAD_ARGUMENT and "ftp://x" in error.reason and error.text in str(error)
    assert error_of(lambda: Core(LIBRARY, [])).reason == "the settings contain no servers"
    error = error_of(lambda: Core(LIBRARY, [SERVER], cache="/dev/null/cache"))
    assert error.code == dial.NOT_OPENED and "/dev/null/cache" in error.reason
    assert "proxy" in error_of(lambda: Core(LIBRARY, [SERVER], proxy="x")).reason
    assert "/no.pem" in error_of(lambda: Core(LIBRARY, [SERVER], ca="/no.pem")).reason
    assert "/no.pem" in error_of(lambda: Core(LIBRARY, [SERVER], client_cert="/no.pem")).reason
    assert error_of(lambda: Core(LIBRARY, [SERVER], flags=6)).code == dial.BAD_ARGUMENT
    error = error_of(lambda: Core(LIBRARY, [SERVER], folder="site"))
    assert error.code == dial.BAD_ARGUMENT and "folder without key" in error.reason
    Core(LIBRARY, [SERVER], flags=dial.FORGET, poll_milliseconds=1000).close()
    with Core(LIBRARY, ["http://127.0.0.1:1"]) as core:
        error = error_of(lambda: core.reload(60))
        assert error.code == dial.REFUSED and "127.0.0.1:1" in error.reason, error.reason


def any_number_is_dialed():
    with ready() as core:
        assert core.dial("55\x0051") == "55\x0051" and core.dial("") == ""
        assert core.dial("7" * 5000) == "7" * 5000
        assert core.clean("555-1212") == "5551212" and len(core.dial("\ud800")) > 0


def closed_core_raises():
    core = ready()
    core.close()
    core.close()
    for call in (lambda: core.dial("1"), core.status, lambda: core.reload(1), core.generation):
        assert error_of(call).code == dial.CLOSED
    with ready() as core:
        core.close()
    # the pointer itself, as another language may keep it
    core = ready()
    pointer = ctypes.c_void_p(core.core.value)
    core.close()
    assert core.library.adr_close(pointer) == dial.CLOSED


def dial_in_child(core, results):
    results.put((core.dial("5551212"), error_of(core.status).code, error_of(lambda: core.reload(1)).code))


def child_process_dials():
    with ready() as core:
        context = multiprocessing.get_context("fork")
        results = context.Queue()
        child = context.Process(target=dial_in_child, args=(core, results))
        child.start()
        assert results.get(timeout=60) == ("95551212", dial.OTHER_PROCESS, dial.OTHER_PROCESS)
        child.join(60)
        assert child.exitcode == 0 and core.dial("5551212") == "95551212"


def forgotten_cores_are_closed():
    def threads():
        return len(os.listdir("/proc/self/task"))

    Core(LIBRARY, [SERVER]).close()
    descriptors, before = len(os.listdir("/proc/self/fd")), threads()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(50):
            Core(LIBRARY, [SERVER])
        gc.collect()
    assert [warning.category for warning in caught] == [ResourceWarning] * 50, caught
    wait_until(lambda: threads() <= before)
    assert len(os.listdir("/proc/self/fd")) == descriptors


def states_of_a_program_are_checked():
    with ready() as core:
        core.announce(b'{"generation":1,"sha256":"","window":0}')
        core.announce(b'{"generation":9,"sha256":"5d0c","color":"red"}')
        for wrong in (b"", b"{}", b"[]", b'{"generation":-1,"sha256":""}', b"\xff", b"[" * 100_000):
            assert error_of(lambda: core.announce(wrong)).code == dial.BAD_ARGUMENT, wrong[:9]
        assert core.dial("5551212") == "95551212"
    assert error_of(lambda: core.announce(b"{}")).code == dial.CLOSED
    with Core.from_xml(LIBRARY, XML) as core:
        assert error_of(lambda: core.announce(b'{"generation":1,"sha256":""}')).code == dial.REFUSED


def interrupt_during_a_reload():
    # a shell starts programs in the background with the signal ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with Core(LIBRARY, [f"http://127.0.0.1:{silent.getsockname()[1]}"]) as core:
            threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                core.reload(1)
            except KeyboardInterrupt:
                return
            except AdrError:
                # the signal arrives at the end of the call
                time.sleep(30)
    raise AssertionError("no interrupt")


def rules_from_memory_dial():
    with Core.from_xml(LIBRARY, XML) as core:
        assert core.dial("5551212") == "95551212" and core.lookup("5551212") == "5551212"
        assert error_of(lambda: core.reload(1)).reason == "no servers are configured"
    with Core.from_xml(LIBRARY, b"<DialRules/>", XML) as core:
        assert core.dial("5551212") == "5551212" and core.lookup("5551212") == "95551212"
    assert "DialRules" in error_of(lambda: Core.from_xml(LIBRARY, b"<html/>")).reason


globals()[CASE]()
print("fine")
