/* What the test programs share. A program gets the name of a case, the address of a server, whose rules put 9
 * before 5551212, and an empty folder. It prints "fine" if the case holds. */
#ifndef HARNESS_H
#define HARNESS_H

#include "adr_client.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                            \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A case and its name. */
struct test_case {
    const char *name;
    void (*run)(void);
};

static const char *url;
static const char *folder;

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline int entries(const char *path) {
    int count = 0;
    struct dirent *entry;
    DIR *opened = opendir(path);
    CHECK(opened != NULL);
    while ((entry = readdir(opened)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(opened);
    return count;
}

static inline int count_threads(void) {
    return entries("/proc/self/task");
}

static inline int count_descriptors(void) {
    return entries("/proc/self/fd");
}

/* Waits until a number of threads is reached: a joined thread stays in /proc for a moment. */
static inline void wait_for_threads(int expected) {
    double end = now() + 30;
    while (count_threads() > expected && now() < end) {
        usleep(1000);
    }
    CHECK(count_threads() <= expected);
}

static inline adr_bytes bytes(const char *text) {
    adr_bytes value;
    value.data = text;
    value.length = strlen(text);
    return value;
}

static inline adr_buffer buffer(char *data, size_t capacity) {
    adr_buffer value;
    value.data = data;
    value.capacity = capacity;
    value.length = 4711;
    return value;
}

static inline adr_code open_with(adr_core **core, const char *server, const char *cache, const char *socket,
                                 adr_buffer *error) {
    adr_settings settings;
    const char *servers[1];
    memset(&settings, 0, sizeof settings);
    servers[0] = server;
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    settings.cache = cache;
    settings.socket = socket;
    return adr_open(&settings, core, error);
}

static inline adr_core *open_core(const char *server) {
    adr_core *core = NULL;
    CHECK(open_with(&core, server, NULL, NULL, NULL) == ADR_CODE_OK && core != NULL);
    return core;
}

/* A core with the rules of the server. */
static inline adr_core *ready_core(void) {
    adr_core *core = open_core(url);
    CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK);
    return core;
}

static inline adr_code dial_into(const adr_core *core, const char *number, char *text, size_t capacity) {
    adr_buffer result = buffer(text, capacity);
    return adr_dial(core, bytes(number), &result);
}

static inline int dials(const adr_core *core) {
    char text[64];
    return dial_into(core, "5551212", text, sizeof text) == ADR_CODE_OK && strcmp(text, "95551212") == 0;
}

static inline void count_calls(const char *status, size_t length, void *user) {
    CHECK(strlen(status) == length && status[0] == '{');
    if (user != NULL) {
        __atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
    }
}

static inline void wait_until_set(int *value) {
    double end = now() + 30;
    while (!__atomic_load_n(value, __ATOMIC_SEQ_CST) && now() < end) {
        usleep(500);
    }
    CHECK(__atomic_load_n(value, __ATOMIC_SEQ_CST));
}

/* Waits for a child, which must end in order. */
static inline void wait_for_child(pid_t child) {
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "the child ended with status %#x\n", (unsigned)status);
        exit(1);
    }
}

static inline int run_case(const struct test_case *cases, size_t count, int arguments_count, char **arguments) {
    size_t at;
    CHECK(arguments_count == 4);
    url = arguments[2];
    folder = arguments[3];
    for (at = 0; at < count; at++) {
        if (strcmp(cases[at].name, arguments[1]) == 0) {
            cases[at].run();
            puts("fine");
            return 0;
        }
    }
    fprintf(stderr, "no case `%s`\n", arguments[1]);
    return 2;
}

#endif
