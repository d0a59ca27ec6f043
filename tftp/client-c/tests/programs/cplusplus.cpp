// Exceptions, destructors and thread-local objects of C++.
#include "harness.h"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<bool> names_are_slow{false};

/// Looks a name up, and takes eight seconds for some names.
extern "C" int getaddrinfo(const char *name, const char *service, const addrinfo *hints, addrinfo **found) {
    using Function = int (*)(const char *, const char *, const addrinfo *, addrinfo **);
    static auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    if (names_are_slow && name != nullptr && strstr(name, "slow") != nullptr) {
        sleep(8);
        return EAI_AGAIN;
    }
    return real(name, service, hints, found);
}

/// A core that is closed with its value.
struct Core {
    adr_core *core;

    explicit Core(const char *server) : core(open_core(server)) {}
    Core(const Core &) = delete;
    Core &operator=(const Core &) = delete;
    ~Core() { close(); }

    adr_code close() { return adr_close(core); }
    void reload() { CHECK(adr_reload(core, 60000, nullptr, nullptr) == ADR_CODE_OK); }
};

/// Counts its destructions.
struct Counted {
    std::atomic<int> &count;
    ~Counted() { ++count; }
};

static std::atomic<int> destroyed{0};

static void throw_exception(const char *, size_t, void *user) {
    Counted counted{destroyed};
    __atomic_store_n(static_cast<int *>(user), 1, __ATOMIC_SEQ_CST);
    throw std::runtime_error("from a callback");
}

/// Where the library can catch it, an exception ends its subscription and nothing else.
static void exception_ends_its_subscription() {
#if defined(__linux__) && defined(__x86_64__)
    int threads = count_threads(), first = 0, second = 0;
    adr_core *core = ready_core();
    CHECK(adr_subscribe(core, throw_exception, &first) == ADR_CODE_OK);
    CHECK(adr_subscribe(core, throw_exception, &second) == ADR_CODE_OK);
    wait_until_set(&first);
    wait_until_set(&second);
    CHECK(adr_unsubscribe(core, throw_exception, &first) == ADR_CODE_CALLBACK_ENDED);
    CHECK(dials(core) && adr_reload(core, 60000, nullptr, nullptr) == ADR_CODE_OK);
    CHECK(adr_close(core) == ADR_CODE_CALLBACK_ENDED);
    CHECK(destroyed == 2);
    wait_for_threads(threads);
#endif
}

static void end_thread_in_scope(const char *, size_t, void *user) {
    Counted counted{destroyed};
    __atomic_store_n(static_cast<int *>(user), 1, __ATOMIC_SEQ_CST);
    pthread_exit(nullptr);
}

/// The thread runs the destructors of the callback.
static void ended_thread_runs_destructors() {
    int ended = 0;
    adr_core *core = ready_core();
    CHECK(adr_subscribe(core, end_thread_in_scope, &ended) == ADR_CODE_OK);
    wait_until_set(&ended);
    CHECK(adr_unsubscribe(core, end_thread_in_scope, &ended) == ADR_CODE_CALLBACK_ENDED);
    CHECK(destroyed == 1 && adr_close(core) == ADR_CODE_OK);
}

/// Closes a core when the program ends.
static Core *at_exit_core;
struct AtExit {
    ~AtExit() { delete at_exit_core; }
};
static AtExit at_exit;

static void static_destructor_closes() {
    at_exit_core = new Core(url);
    at_exit_core->reload();
    CHECK(dials(at_exit_core->core));
}

/// Dials while its thread ends, before or after the thread-local values of the library are gone.
struct Late {
    const adr_core *core = nullptr;
    ~Late() { CHECK(core == nullptr || dials(core)); }
};

static void ending_threads_dial() {
    Core core(url);
    core.reload();
    for (int turn = 0; turn < 100; turn++) {
        std::thread([&core, turn] {
            static thread_local Late late;
            if (turn % 2 == 0) {
                late.core = core.core;
            }
            CHECK(dials(core.core));
            late.core = core.core;
        }).join();
    }
}

/// A thread that has dialed through a core outlives it, and dials through another one.
static void thread_outlives_its_core() {
    std::atomic<int> step{0};
    auto *core = new Core(url);
    core->reload();
    std::thread thread([&step, core] {
        CHECK(dials(core->core));
        step = 1;
        while (step != 2) {
            usleep(1000);
        }
        Core other(url);
        other.reload();
        CHECK(dials(other.core));
    });
    while (step != 1) {
        usleep(1000);
    }
    delete core;
    step = 2;
    thread.join();
}

static void eight_threads_open_and_close() {
    std::vector<std::thread> threads;
    int before = count_threads();
    for (int at = 0; at < 8; at++) {
        threads.emplace_back([] {
            int calls = 0;
            for (double end = now() + 1; now() < end;) {
                Core core(url);
                CHECK(adr_subscribe(core.core, count_calls, &calls) == ADR_CODE_OK);
                char text[64];
                CHECK(dial_into(core.core, "5551212", text, sizeof text) == ADR_CODE_OK);
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    wait_for_threads(before);
}

/// Closing does not wait for the system to look a name up.
static void core_closes_during_a_slow_lookup() {
    int threads = count_threads();
    names_are_slow = true;
    auto *core = new Core("http://slow.example:80/");
    usleep(300000);
    double start = now();
    delete core;
    CHECK(now() - start < 7);
    wait_for_threads(threads);
}

int main(int count, char **arguments) {
    static const test_case cases[] = {
        {"exception_ends_its_subscription", exception_ends_its_subscription},
        {"ended_thread_runs_destructors", ended_thread_runs_destructors},
        {"static_destructor_closes", static_destructor_closes},
        {"ending_threads_dial", ending_threads_dial},
        {"thread_outlives_its_core", thread_outlives_its_core},
        {"eight_threads_open_and_close", eight_threads_open_and_close},
        {"core_closes_during_a_slow_lookup", core_closes_during_a_slow_lookup},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
