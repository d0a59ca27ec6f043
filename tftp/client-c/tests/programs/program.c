/* What a softphone does with the core, in C and, as the same text, in C++: program URL EXPECTED.
 * It dials until 5551212 comes out as EXPECTED, then tries what can go wrong, and says "fine". */
#include "adr_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(what)                                                            \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

static adr_bytes bytes(const char *text) {
    adr_bytes made;
    made.data = text;
    made.length = strlen(text);
    return made;
}

static adr_buffer buffer(char *room, size_t capacity) {
    adr_buffer made;
    made.data = room;
    made.capacity = capacity;
    made.length = 0;
    return made;
}

static int dials(const adr_core *core, const char *expected) {
    char room[64];
    adr_buffer result = buffer(room, sizeof room);
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_OK);
    CHECK(result.length == strlen(room));
    return strcmp(room, expected) == 0;
}

static void cleans(const char *number, bool letters, const char *expected, const char *expected_remark) {
    char room[64], said[256];
    adr_buffer result = buffer(room, sizeof room), remark = buffer(said, sizeof said);
    CHECK(adr_clean(bytes(number), letters, &result, &remark) == ADR_CODE_OK);
    CHECK(result.length == strlen(expected) && strcmp(room, expected) == 0);
    CHECK(remark.length == strlen(said) && strcmp(said, expected_remark) == 0);
    CHECK(adr_clean(bytes(number), letters, &result, NULL) == ADR_CODE_OK);
    /* in place */
    strcpy(room, number);
    CHECK(adr_clean(bytes(room), letters, &result, NULL) == ADR_CODE_OK && strcmp(room, expected) == 0);
}

static void cleaning(void) {
    char room[64];
    adr_buffer result = buffer(room, 3);
    adr_bytes nothing = {NULL, 1};
    cleans("+1 (408) 555-1212", false, "+14085551212", "");
    cleans("408\xe2\x80\x91" "555\xc2\xa0" "1212", false, "4085551212", "");
    cleans("tel:911;ext=7", false, "911", "`;ext=7` is cut");
    cleans("911x", false, "911x", "`x` (U+0078) at character 4 is left, which no phone dials");
    cleans("1-800-FLOWERS", true, "18003569377", "");
    CHECK(adr_clean(bytes("9-1-1"), false, &result, NULL) == ADR_CODE_TOO_SMALL && result.length == 3);
    CHECK(adr_clean(nothing, false, &result, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_clean(bytes("911"), false, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
}

static const char *wanted;

static void *dial_often(void *core) {
    int turn;
    for (turn = 0; turn < 2000; turn++) {
        CHECK(dials((const adr_core *)core, wanted));
    }
    return NULL;
}

static void told(const char *status, size_t length, void *user) {
    CHECK(strlen(status) == length && status[0] == '{');
    __atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

static void in_many_threads(adr_core *core) {
    pthread_t threads[4];
    int at;
    for (at = 0; at < 4; at++) {
        CHECK(pthread_create(&threads[at], NULL, dial_often, core) == 0);
    }
    for (at = 0; at < 5; at++) {
        uint64_t generation = 0;
        CHECK(adr_reload(core, 60000, &generation, NULL) == ADR_CODE_OK);
        CHECK(generation == adr_generation(core) && generation > 0);
    }
    for (at = 0; at < 4; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
}

static void what_goes_wrong(const adr_core *core, const char *expected) {
    char room[16] = "untouched";
    adr_bytes nothing = {NULL, 3};
    adr_buffer result = buffer(room, strlen(expected));
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_TOO_SMALL);
    CHECK(result.length == strlen(expected) && strcmp(room, "untouched") == 0);
    result = buffer(NULL, 0);
    CHECK(adr_lookup(core, bytes("911"), &result) == ADR_CODE_TOO_SMALL && result.length == 3);
    result = buffer(NULL, 16);
    CHECK(adr_dial(core, bytes("911"), &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_dial(NULL, bytes("911"), &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_dial(core, bytes("911"), NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_dial(core, nothing, &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_status(NULL, &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_reload(NULL, 1, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_subscribe(core, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_generation(NULL) == 0);
    adr_close(NULL);
    /* number and room may be the same, or overlap */
    strcpy(room, "5551212");
    result = buffer(room, sizeof room);
    CHECK(adr_dial(core, bytes(room), &result) == ADR_CODE_OK && strcmp(room, expected) == 0);
    strcpy(room, "xx5551212");
    result = buffer(room, sizeof room);
    CHECK(adr_dial(core, bytes(room + 2), &result) == ADR_CODE_OK && strcmp(room, expected) == 0);
    strcpy(room, "5551212");
    result = buffer(room + 2, sizeof room - 2);
    CHECK(adr_dial(core, bytes(room), &result) == ADR_CODE_OK && strcmp(room + 2, expected) == 0);
}

/* A core that is being closed, and the state of a callback that uses it. */
struct closing {
    adr_core *core;
    int is_inside;
};

static void uses_the_core(const char *status, size_t length, void *user) {
    struct closing *closing = (struct closing *)user;
    char room[2048];
    int turn;
    (void)status;
    (void)length;
    __atomic_store_n(&closing->is_inside, 1, __ATOMIC_SEQ_CST);
    for (turn = 0; turn < 200; turn++) {
        adr_buffer result = buffer(room, sizeof room);
        CHECK(adr_status(closing->core, &result) == ADR_CODE_OK);
        result = buffer(room, sizeof room);
        CHECK(adr_dial(closing->core, bytes("5551212"), &result) == ADR_CODE_OK);
        result = buffer(room, sizeof room);
        CHECK(adr_lookup(closing->core, bytes("5551212"), &result) == ADR_CODE_OK);
    }
}

/* A callback may use the core until adr_close has returned. */
static void close_while_callbacks_run(void) {
    adr_settings settings;
    const char *servers[1] = {"http://127.0.0.1:1/"};
    int turn;
    memset(&settings, 0, sizeof settings);
    settings.servers = servers;
    settings.servers_count = 1;
    for (turn = 0; turn < 20; turn++) {
        struct closing closing = {NULL, 0};
        CHECK(adr_open(&settings, &closing.core, NULL) == ADR_CODE_OK);
        CHECK(adr_subscribe(closing.core, uses_the_core, &closing) == ADR_CODE_OK);
        CHECK(adr_subscribe(closing.core, uses_the_core, &closing) == ADR_CODE_OK);
        while (!__atomic_load_n(&closing.is_inside, __ATOMIC_SEQ_CST)) {
            usleep(100);
        }
        adr_close(closing.core);
    }
}

static void what_does_not_open(void) {
    char room[200];
    adr_buffer error = buffer(room, sizeof room);
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1] = {"ftp://nowhere"};
    memset(&settings, 0, sizeof settings);
    CHECK(adr_open(NULL, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length > 0);
    CHECK(adr_open(&settings, &core, NULL) == ADR_CODE_BAD_ARGUMENT && core == NULL);
    settings.servers = servers;
    settings.servers_count = 1;
    CHECK(adr_open(&settings, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(room, "ftp://nowhere") != NULL);
    servers[0] = "http://127.0.0.1:1/";
    settings.cache = "/dev/null/cache";
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_NOT_OPENED && strstr(room, "/dev/null/cache") != NULL);
    settings.cache = NULL;
    settings.key = "no key";
    error.capacity = 8;
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length == 7);
    CHECK(strcmp(adr_code_text(ADR_CODE_OK), "done") == 0);
    CHECK(strcmp(adr_code_text(77), "unknown code") == 0);
    CHECK(strchr(adr_version(), '.') != NULL);
}

int main(int count, char **arguments) {
    char room[2048];
    adr_buffer status = buffer(room, sizeof room);
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1];
    int turn;
    int calls = 0;
    CHECK(count == 3);
    cleaning();
    servers[0] = arguments[1];
    wanted = arguments[2];
    memset(&settings, 0, sizeof settings);
    settings.servers = servers;
    settings.servers_count = 1;
    CHECK(adr_open(&settings, &core, NULL) == ADR_CODE_OK && core != NULL);
    CHECK(adr_subscribe(core, told, &calls) == ADR_CODE_OK);
    for (turn = 0; !dials(core, wanted); turn++) {
        CHECK(turn < 6000);
        usleep(10000);
    }
    CHECK(adr_status(core, &status) == ADR_CODE_OK);
    CHECK(strstr(room, "\"generation\":7") != NULL);
    in_many_threads(core);
    what_goes_wrong(core, wanted);
    what_does_not_open();
    close_while_callbacks_run();
    adr_close(core);
    turn = __atomic_load_n(&calls, __ATOMIC_SEQ_CST);
    CHECK(turn > 0);
    usleep(20000);
    CHECK(turn == __atomic_load_n(&calls, __ATOMIC_SEQ_CST));
    puts("fine");
    return 0;
}
