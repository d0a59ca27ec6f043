/* Fork, signals, limits of the process, and its end. */
#define _GNU_SOURCE
#include "harness.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* How many threads can still be started. */
static int thread_budget = 1 << 30;

typedef int (*create_function)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    static create_function create;
    if (create == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&create, &symbol, sizeof create);
    }
    if (__atomic_fetch_sub(&thread_budget, 1, __ATOMIC_SEQ_CST) <= 0) {
        return EAGAIN;
    }
    return create(thread, attributes, run, argument);
}

/* A system that starts no further threads: errors, and a core that works again when there are some. */
static void without_threads_calls_fail(void) {
    int budget;
    for (budget = 0; budget < 6; budget++) {
        adr_core *core = NULL;
        char text[300], cache[200], server[64];
        adr_buffer error = buffer(text, sizeof text);
        adr_code code;
        /* a name, which a thread looks up */
        snprintf(server, sizeof server, "http://localhost%s", strrchr(url, ':'));
        snprintf(cache, sizeof cache, "%s/cache-%d", folder, budget);
        __atomic_store_n(&thread_budget, budget, __ATOMIC_SEQ_CST);
        code = open_with(&core, server, cache, NULL, &error);
        CHECK(code == ADR_CODE_OK || (code == ADR_CODE_NOT_OPENED && strstr(text, "thread") != NULL));
        if (code == ADR_CODE_OK) {
            adr_reload(core, 1000, NULL, NULL);
            code = adr_subscribe(core, count_calls, NULL);
            CHECK(code == ADR_CODE_OK || code == ADR_CODE_FAILED);
            __atomic_store_n(&thread_budget, 1 << 30, __ATOMIC_SEQ_CST);
            CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK && dials(core));
            CHECK(adr_close(core) == ADR_CODE_OK);
        }
        __atomic_store_n(&thread_budget, 1 << 30, __ATOMIC_SEQ_CST);
    }
}

static void child_gets_codes(void) {
    adr_core *core = ready_core(), *other = NULL;
    char text[2048];
    pid_t child;
    CHECK(adr_subscribe(core, count_calls, NULL) == ADR_CODE_OK);
    child = fork();
    if (child == 0) {
        adr_buffer result = buffer(text, sizeof text);
        alarm(60);
        CHECK(dials(core) && adr_generation(core) == 7);
        CHECK(adr_lookup(core, bytes("911"), &result) == ADR_CODE_OK);
        CHECK(adr_status(core, &result) == ADR_CODE_OTHER_PROCESS);
        CHECK(adr_reload(core, 2000, NULL, &result) == ADR_CODE_OTHER_PROCESS && strstr(text, "process") != NULL);
        CHECK(adr_subscribe(core, count_calls, NULL) == ADR_CODE_OTHER_PROCESS);
        CHECK(adr_unsubscribe(core, count_calls, NULL) == ADR_CODE_OTHER_PROCESS);
        CHECK(adr_close(core) == ADR_CODE_OTHER_PROCESS);
        other = ready_core();
        CHECK(dials(other) && adr_subscribe(other, count_calls, NULL) == ADR_CODE_OK);
        CHECK(adr_close(other) == ADR_CODE_OK);
        _exit(0);
    }
    wait_for_child(child);
    CHECK(dials(core) && adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK && adr_close(core) == ADR_CODE_OK);
}

static int stop;

static void *keep_busy(void *core) {
    char text[2048];
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        adr_buffer result = buffer(text, sizeof text);
        CHECK(dials((adr_core *)core) && adr_status((adr_core *)core, &result) == ADR_CODE_OK);
        adr_reload((adr_core *)core, 1, NULL, NULL);
    }
    return NULL;
}

/* Other threads hold locks at the moment of a fork. */
static void child_of_a_busy_process_does_not_hang(void) {
    adr_core *core = ready_core();
    pthread_t threads[3];
    int turn;
    for (turn = 0; turn < 3; turn++) {
        CHECK(pthread_create(&threads[turn], NULL, keep_busy, core) == 0);
    }
    for (turn = 0; turn < 200; turn++) {
        pid_t child = fork();
        if (child == 0) {
            char text[2048];
            adr_buffer result = buffer(text, sizeof text);
            alarm(60);
            CHECK(dials(core) && adr_generation(core) == 7);
            CHECK(adr_status(core, &result) == ADR_CODE_OTHER_PROCESS);
            CHECK(adr_close(core) == ADR_CODE_OTHER_PROCESS);
            _exit(0);
        }
        wait_for_child(child);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (turn = 0; turn < 3; turn++) {
        CHECK(pthread_join(threads[turn], NULL) == 0);
    }
    CHECK(adr_close(core) == ADR_CODE_OK);
}

static long signals;
static adr_core *signaled;

static void count_signal(int number) {
    (void)number;
    signals++;
}

static void dial_on_signal(int number) {
    char text[64];
    (void)number;
    if (dial_into(signaled, "5551212", text, sizeof text) == ADR_CODE_OK && strcmp(text, "95551212") == 0) {
        signals++;
    }
}

static void send_signals(void (*handler)(int), int flags, long microseconds) {
    struct sigaction action;
    struct itimerval interval;
    memset(&action, 0, sizeof action);
    memset(&interval, 0, sizeof interval);
    action.sa_handler = handler;
    action.sa_flags = flags;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    interval.it_interval.tv_usec = microseconds;
    interval.it_value.tv_usec = microseconds;
    CHECK(setitimer(ITIMER_REAL, &interval, NULL) == 0);
}

static void signals_interrupt_nothing(void) {
    int turn, dial;
    send_signals(count_signal, 0, 500);
    for (turn = 0; turn < 20; turn++) {
        adr_core *core = ready_core();
        for (dial = 0; dial < 1000; dial++) {
            CHECK(dials(core));
        }
        CHECK(adr_close(core) == ADR_CODE_OK);
    }
    send_signals(count_signal, 0, 0);
    CHECK(signals > 0);
}

static void signal_handler_dials(void) {
    double end;
    signaled = ready_core();
    CHECK(dials(signaled));
    send_signals(dial_on_signal, SA_RESTART, 200);
    for (end = now() + 1; now() < end;) {
        CHECK(dials(signaled));
    }
    send_signals(dial_on_signal, SA_RESTART, 0);
    CHECK(signals > 0 && adr_close(signaled) == ADR_CODE_OK);
}

/* Programs that hang up do not end the process by SIGPIPE. */
static void callers_of_the_socket_hang_up(void) {
    static const char *const requests[] = {
        "{\"verb\":\"status\"}\n",
        "{\"verb\":\"subscribe\"}\n{\"verb\":\"reload\"}\n{\"verb\":\"status\"}\n",
        "{\"verb\":\"dial\",\"number\":\"5551212\"}\n",
    };
    struct sockaddr_un name;
    adr_core *core = NULL;
    int turn, again;
    signal(SIGPIPE, SIG_DFL);
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    CHECK((size_t)snprintf(name.sun_path, sizeof name.sun_path, "%s/s", folder) < sizeof name.sun_path);
    CHECK(open_with(&core, url, NULL, name.sun_path, NULL) == ADR_CODE_OK);
    for (turn = 0; turn < 300; turn++) {
        const char *request = requests[turn % 3];
        int caller = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(connect(caller, (struct sockaddr *)&name, sizeof name) == 0);
        for (again = 0; again < 50; again++) {
            if (send(caller, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
                break;
            }
        }
        close(caller);
    }
    CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK && dials(core) && adr_close(core) == ADR_CODE_OK);
}

/* A server that resets its connections. */
static void server_resets_connections(void) {
    struct sockaddr_in name;
    struct timeval patience = {0, 50000};
    socklen_t length = sizeof name;
    char server[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0), turn = 0, status = 0;
    pid_t child;
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr *)&name, sizeof name) == 0 && listen(listener, 64) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&name, &length) == 0);
    CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    snprintf(server, sizeof server, "http://127.0.0.1:%d/", ntohs(name.sin_port));
    signal(SIGPIPE, SIG_DFL);
    child = fork();
    if (child == 0) {
        adr_core *core = open_core(server);
        close(listener);
        alarm(60);
        for (turn = 0; turn < 100; turn++) {
            adr_reload(core, 100, NULL, NULL);
        }
        CHECK(adr_close(core) == ADR_CODE_OK);
        _exit(0);
    }
    while (waitpid(child, &status, WNOHANG) != child) {
        struct linger reset = {1, 0};
        char request[2000];
        int caller = accept(listener, NULL, NULL);
        if (caller < 0) {
            continue;
        }
        if (turn % 3 == 1 && recv(caller, request, sizeof request, 0) > 0) {
            send(caller, "HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n", 38, MSG_NOSIGNAL);
        }
        if (turn % 3 != 0) {
            setsockopt(caller, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        }
        close(caller);
        turn++;
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A process with few file descriptors gets errors. */
static void few_descriptors_are_an_error(void) {
    rlim_t limit;
    for (limit = 5; limit < 40; limit++) {
        pid_t child = fork();
        if (child == 0) {
            struct rlimit few = {limit, limit};
            adr_core *cores[8];
            char text[300], socket_path[200];
            int opened = 0;
            alarm(120);
            CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
            for (; opened < 8; opened++) {
                adr_buffer error = buffer(text, sizeof text);
                adr_code code;
                snprintf(socket_path, sizeof socket_path, "%s/s-%d-%d", folder, (int)limit, opened);
                code = open_with(&cores[opened], url, NULL, socket_path, &error);
                CHECK(code == ADR_CODE_OK || (code == ADR_CODE_NOT_OPENED && error.length > 0));
                if (code != ADR_CODE_OK) {
                    break;
                }
            }
            if (opened > 0) {
                adr_code code = adr_reload(cores[0], 500, NULL, NULL);
                CHECK(code == ADR_CODE_OK || code == ADR_CODE_REFUSED);
            }
            while (opened > 0) {
                CHECK(adr_close(cores[--opened]) == ADR_CODE_OK);
            }
            _exit(0);
        }
        wait_for_child(child);
    }
}

static void exit_with_an_open_core(void) {
    adr_core *core = ready_core();
    pthread_t thread;
    static int calls;
    CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    CHECK(pthread_create(&thread, NULL, keep_busy, core) == 0);
    usleep(100000);
}

int main(int count, char **arguments) {
    static const struct test_case cases[] = {
        {"without_threads_calls_fail", without_threads_calls_fail},
        {"child_gets_codes", child_gets_codes},
        {"child_of_a_busy_process_does_not_hang", child_of_a_busy_process_does_not_hang},
        {"signals_interrupt_nothing", signals_interrupt_nothing},
        {"signal_handler_dials", signal_handler_dials},
        {"callers_of_the_socket_hang_up", callers_of_the_socket_hang_up},
        {"server_resets_connections", server_resets_connections},
        {"few_descriptors_are_an_error", few_descriptors_are_an_error},
        {"exit_with_an_open_core", exit_with_an_open_core},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
