/* The library is loaded by dlopen and unloaded again: loading LIBRARY SERVER. */
#define _GNU_SOURCE
#include "adr_client.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                            \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

/* The functions of the loaded library. */
static struct {
    adr_code (*open)(const adr_settings *, adr_core **, adr_buffer *);
    adr_code (*dial)(const adr_core *, adr_bytes, adr_buffer *);
    adr_code (*reload)(const adr_core *, uint64_t, uint64_t *, adr_buffer *);
    adr_code (*close)(adr_core *);
} functions;

static void find(void *library, const char *name, void *function) {
    void *symbol = dlsym(library, name);
    CHECK(symbol != NULL);
    memcpy(function, &symbol, sizeof symbol);
}

static void *dial(void *core) {
    char text[64];
    adr_bytes number = {"5551212", 7};
    adr_buffer result = {text, sizeof text, 0};
    CHECK(functions.dial((adr_core *)core, number, &result) == ADR_CODE_OK);
    return NULL;
}

/* Loads, opens, dials in a thread that ends, closes, and unloads. */
static void load_once(const char *path, const char *server, uint64_t wait_milliseconds, adr_code expected) {
    adr_settings settings;
    adr_core *core = NULL;
    pthread_t thread;
    void *library = dlopen(path, RTLD_NOW);
    CHECK(library != NULL);
    find(library, "adr_open", &functions.open);
    find(library, "adr_dial", &functions.dial);
    find(library, "adr_reload", &functions.reload);
    find(library, "adr_close", &functions.close);
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    settings.servers = &server;
    settings.servers_count = 1;
    CHECK(functions.open(&settings, &core, NULL) == ADR_CODE_OK);
    CHECK(functions.reload(core, wait_milliseconds, NULL, NULL) == expected);
    CHECK(pthread_create(&thread, NULL, dial, core) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(functions.close(core) == ADR_CODE_OK);
    CHECK(dlclose(library) == 0);
}

int main(int count, char **arguments) {
    int turn;
    CHECK(count == 3);
    for (turn = 0; turn < 20; turn++) {
        load_once(arguments[1], arguments[2], 60000, ADR_CODE_OK);
        load_once(arguments[1], "http://127.0.0.1:1/", 0, ADR_CODE_REFUSED);
    }
    puts("fine");
    return 0;
}
