/* Many threads, many cores, and handles that are used after they were closed. */
#define _GNU_SOURCE
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int stop;
static long dialed;

static void *dial_and_ask(void *core) {
    char text[2048];
    unsigned turn;
    for (turn = 1; !__atomic_load_n(&stop, __ATOMIC_SEQ_CST); turn++) {
        adr_buffer result = buffer(text, sizeof text);
        CHECK(dials((adr_core *)core));
        if (turn % 64 == 0) {
            CHECK(adr_status((adr_core *)core, &result) == ADR_CODE_OK);
        }
        if (turn % 128 == 0) {
            CHECK(adr_lookup((adr_core *)core, bytes("4085551212"), &result) == ADR_CODE_OK);
        }
        CHECK(turn % 1024 != 0 || adr_generation((adr_core *)core) == 7);
        __atomic_add_fetch(&dialed, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void *reload_often(void *core) {
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        CHECK(adr_reload((adr_core *)core, 60000, NULL, NULL) == ADR_CODE_OK);
        usleep(2000);
    }
    return NULL;
}

static void eight_threads_share_a_core(void) {
    adr_core *core = ready_core();
    pthread_t threads[9];
    int calls = 0, at;
    for (at = 0; at < 4; at++) {
        CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    }
    for (at = 0; at < 9; at++) {
        CHECK(pthread_create(&threads[at], NULL, at < 8 ? dial_and_ask : reload_often, core) == 0);
    }
    sleep(1);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (at = 0; at < 9; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
    CHECK(dialed > 1000 && adr_close(core) == ADR_CODE_OK);
}

/* An error of the program: the library answers it with a code. */
static void *dial_until_closed(void *core) {
    char text[64];
    adr_code code = ADR_CODE_OK;
    double end = now() + 60;
    while (code == ADR_CODE_OK && now() < end) {
        code = dial_into((adr_core *)core, "5551212", text, sizeof text);
    }
    CHECK(code == ADR_CODE_CLOSED);
    return NULL;
}

static void *close_once(void *core) {
    adr_code code = adr_close((adr_core *)core);
    CHECK(code == ADR_CODE_OK || code == ADR_CODE_CLOSED);
    return code == ADR_CODE_OK ? core : NULL;
}

static void closed_core_gives_a_code(void) {
    adr_core *core = ready_core();
    char text[2048];
    adr_buffer result = buffer(text, sizeof text);
    pthread_t threads[8], closing[2];
    void *closed[2];
    int at;
    CHECK(adr_close(core) == ADR_CODE_OK);
    CHECK(dial_into(core, "5551212", text, sizeof text) == ADR_CODE_CLOSED);
    CHECK(adr_lookup(core, bytes("1"), &result) == ADR_CODE_CLOSED && adr_status(core, &result) == ADR_CODE_CLOSED);
    CHECK(adr_reload(core, 1000, NULL, &result) == ADR_CODE_CLOSED && strstr(text, "closed") != NULL);
    CHECK(adr_subscribe(core, count_calls, NULL) == ADR_CODE_CLOSED && adr_generation(core) == 0);
    CHECK(adr_unsubscribe(core, count_calls, NULL) == ADR_CODE_CLOSED && adr_close(core) == ADR_CODE_CLOSED);
    /* while eight threads dial, and by two threads at once */
    core = ready_core();
    for (at = 0; at < 8; at++) {
        CHECK(pthread_create(&threads[at], NULL, dial_until_closed, core) == 0);
    }
    usleep(100000);
    for (at = 0; at < 2; at++) {
        CHECK(pthread_create(&closing[at], NULL, close_once, core) == 0);
    }
    for (at = 0; at < 2; at++) {
        CHECK(pthread_join(closing[at], &closed[at]) == 0);
    }
    CHECK((closed[0] == NULL) != (closed[1] == NULL));
    for (at = 0; at < 8; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
}

static void opened_and_closed_often(void) {
    static int calls;
    int threads = count_threads(), descriptors, turn;
    CHECK(adr_close(open_core(url)) == ADR_CODE_OK);
    descriptors = count_descriptors();
    for (turn = 0; turn < 300; turn++) {
        adr_core *core = open_core(url);
        CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
        CHECK(turn % 3 != 0 || adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
        if (turn % 5 == 0) {
            adr_reload(core, 1, NULL, NULL);
        }
        CHECK(adr_close(core) == ADR_CODE_OK);
    }
    wait_for_threads(threads);
    CHECK(count_descriptors() == descriptors);
}

static void hundred_cores_at_once(void) {
    adr_core *cores[100];
    int threads = count_threads(), descriptors, at, ready = 0;
    double end = now() + 60;
    CHECK(adr_close(open_core(url)) == ADR_CODE_OK);
    descriptors = count_descriptors();
    for (at = 0; at < 100; at++) {
        cores[at] = open_core(url);
    }
    while (ready < 100 && now() < end) {
        for (ready = 0; ready < 100 && dials(cores[ready]); ready++) {
        }
        usleep(10000);
    }
    CHECK(ready == 100);
    for (at = 0; at < 100; at++) {
        CHECK(adr_close(cores[at]) == ADR_CODE_OK);
    }
    wait_for_threads(threads);
    CHECK(count_descriptors() == descriptors);
}

static void *dial_until_canceled(void *core) {
    for (;;) {
        CHECK(dials((adr_core *)core));
        pthread_testcancel();
    }
    return NULL;
}

static void *reload_until_canceled(void *core) {
    for (;;) {
        adr_reload((adr_core *)core, 200, NULL, NULL);
    }
    return NULL;
}

/* A listening socket that never answers. */
static int listen_silently(char *address, size_t capacity) {
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr *)&name, sizeof name) == 0 && listen(listener, 64) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&name, &length) == 0);
    snprintf(address, capacity, "http://127.0.0.1:%d/", ntohs(name.sin_port));
    return listener;
}

static void canceled_threads_end(void) {
    char silent[64];
    int listener = listen_silently(silent, sizeof silent), turn;
    adr_core *core = ready_core(), *waiting = open_core(silent);
    pthread_t thread;
    void *returned;
    for (turn = 0; turn < 50; turn++) {
        CHECK(pthread_create(&thread, NULL, dial_until_canceled, core) == 0);
        usleep(1000);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
    }
    for (turn = 0; turn < 5; turn++) {
        CHECK(pthread_create(&thread, NULL, reload_until_canceled, waiting) == 0);
        usleep(50000);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &returned) == 0 && returned == PTHREAD_CANCELED);
    }
    CHECK(adr_close(waiting) == ADR_CODE_OK && adr_close(core) == ADR_CODE_OK);
    close(listener);
}

static void abandoned_reloads_leave_no_threads(void) {
    char silent[64], text[200];
    int listener = listen_silently(silent, sizeof silent), turn, threads;
    adr_core *core = open_core(silent);
    adr_buffer reason = buffer(text, sizeof text);
    for (turn = 0; turn < 10; turn++) {
        CHECK(adr_reload(core, 10, NULL, NULL) == ADR_CODE_REFUSED);
    }
    threads = count_threads();
    for (turn = 0; turn < 2000; turn++) {
        CHECK(adr_reload(core, 0, NULL, &reason) == ADR_CODE_REFUSED);
    }
    CHECK(count_threads() <= threads + 4);
    CHECK(dial_into(core, "911", text, sizeof text) == ADR_CODE_OK && strcmp(text, "911") == 0);
    CHECK(adr_close(core) == ADR_CODE_OK);
    close(listener);
}

/* Whatever a server, a name or a timer does, a core is closed soon. */
static void busy_core_closes(void) {
    char silent[64], tftp[64];
    int listener = listen_silently(silent, sizeof silent);
    const char *servers[4];
    size_t at;
    snprintf(tftp, sizeof tftp, "tftp%s", strchr(silent, ':'));
    servers[0] = silent;
    servers[1] = tftp;
    servers[2] = "http://no.such.host.invalid/";
    servers[3] = url;
    for (at = 0; at < COUNT(servers); at++) {
        adr_core *core = open_core(servers[at]);
        double start;
        usleep(at == 3 ? 0 : 100000);
        start = now();
        CHECK(adr_close(core) == ADR_CODE_OK);
        CHECK(now() - start < 20);
    }
    close(listener);
}

static void any_poll_interval(void) {
    const uint64_t polls[] = {UINT64_MAX, 1, UINT64_MAX / 5};
    size_t at;
    for (at = 0; at < COUNT(polls); at++) {
        adr_settings settings;
        adr_core *core = NULL;
        memset(&settings, 0, sizeof settings);
        settings.struct_size = sizeof settings;
        settings.servers = &url;
        settings.servers_count = 1;
        settings.poll_milliseconds = polls[at];
        CHECK(adr_open(&settings, &core, NULL) == ADR_CODE_OK);
        CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK);
        usleep(100000);
        CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK && adr_close(core) == ADR_CODE_OK);
    }
}

int main(int count, char **arguments) {
    static const struct test_case cases[] = {
        {"eight_threads_share_a_core", eight_threads_share_a_core},
        {"closed_core_gives_a_code", closed_core_gives_a_code},
        {"opened_and_closed_often", opened_and_closed_often},
        {"hundred_cores_at_once", hundred_cores_at_once},
        {"canceled_threads_end", canceled_threads_end},
        {"abandoned_reloads_leave_no_threads", abandoned_reloads_leave_no_threads},
        {"busy_core_closes", busy_core_closes},
        {"any_poll_interval", any_poll_interval},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
