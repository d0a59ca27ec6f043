/* A test of the library, in C and with the same source in C++: program URL EXPECTED.
 * It dials until the result for 5551212 is EXPECTED, then tries every error, and prints "fine". */
#include "adr_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(what)                                                            \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

static adr_bytes bytes(const char *text) {
    adr_bytes value;
    value.data = text;
    value.length = strlen(text);
    return value;
}

static adr_buffer buffer(char *data, size_t capacity) {
    adr_buffer value;
    value.data = data;
    value.capacity = capacity;
    value.length = 0;
    return value;
}

static int dials(const adr_core *core, const char *expected) {
    char text[64];
    adr_buffer result = buffer(text, sizeof text);
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_OK);
    CHECK(result.length == strlen(text));
    return strcmp(text, expected) == 0;
}

static void check_clean(const char *number, bool letters, const char *expected, const char *expected_remark) {
    char text[64], remark_text[256];
    adr_buffer result = buffer(text, sizeof text), remark = buffer(remark_text, sizeof remark_text);
    CHECK(adr_clean(bytes(number), letters, &result, &remark) == ADR_CODE_OK);
    CHECK(result.length == strlen(expected) && strcmp(text, expected) == 0);
    CHECK(remark.length == strlen(remark_text) && strcmp(remark_text, expected_remark) == 0);
    CHECK(adr_clean(bytes(number), letters, &result, NULL) == ADR_CODE_OK);
    /* in place */
    strcpy(text, number);
    CHECK(adr_clean(bytes(text), letters, &result, NULL) == ADR_CODE_OK && strcmp(text, expected) == 0);
}

static void test_clean(void) {
    char text[64];
    adr_buffer result = buffer(text, 3);
    adr_bytes nothing = {NULL, 1};
    check_clean("+1 (408) 555-1212", false, "+14085551212", "");
    check_clean("408\xe2\x80\x91" "555\xc2\xa0" "1212", false, "4085551212", "");
    check_clean("tel:911;ext=7", false, "911", "`;ext=7` is cut");
    check_clean("911x", false, "911x", "`x` (U+0078) at character 4 is left, which no phone dials");
    check_clean("1-800-FLOWERS", true, "18003569377", "");
    CHECK(adr_clean(bytes("9-1-1"), false, &result, NULL) == ADR_CODE_TOO_SMALL && result.length == 3);
    CHECK(adr_clean(nothing, false, &result, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_clean(bytes("911"), false, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
}

static const char *expected_result;

static void *dial_often(void *core) {
    int turn;
    for (turn = 0; turn < 2000; turn++) {
        CHECK(dials((const adr_core *)core, expected_result));
    }
    return NULL;
}

static void count_calls(const char *status, size_t length, void *user) {
    CHECK(strlen(status) == length && status[0] == '{');
    __atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

static void test_threads(adr_core *core) {
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

static void test_invalid_arguments(const adr_core *core, const char *expected) {
    char text[16] = "untouched";
    adr_bytes nothing = {NULL, 3};
    adr_buffer result = buffer(text, strlen(expected));
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_TOO_SMALL);
    CHECK(result.length == strlen(expected) && strcmp(text, "untouched") == 0);
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
    CHECK(adr_close(NULL) == ADR_CODE_OK);
    /* number and buffer may be the same, or overlap */
    strcpy(text, "5551212");
    result = buffer(text, sizeof text);
    CHECK(adr_dial(core, bytes(text), &result) == ADR_CODE_OK && strcmp(text, expected) == 0);
    strcpy(text, "xx5551212");
    result = buffer(text, sizeof text);
    CHECK(adr_dial(core, bytes(text + 2), &result) == ADR_CODE_OK && strcmp(text, expected) == 0);
    strcpy(text, "5551212");
    result = buffer(text + 2, sizeof text - 2);
    CHECK(adr_dial(core, bytes(text), &result) == ADR_CODE_OK && strcmp(text + 2, expected) == 0);
}

/* A core that is being closed, and whether a callback is using it. */
struct closing {
    adr_core *core;
    int is_inside;
};

static void use_core(const char *status, size_t length, void *user) {
    struct closing *closing = (struct closing *)user;
    char text[2048];
    int turn;
    (void)status;
    (void)length;
    __atomic_store_n(&closing->is_inside, 1, __ATOMIC_SEQ_CST);
    for (turn = 0; turn < 200; turn++) {
        adr_buffer result = buffer(text, sizeof text);
        CHECK(adr_status(closing->core, &result) == ADR_CODE_OK);
        result = buffer(text, sizeof text);
        CHECK(adr_dial(closing->core, bytes("5551212"), &result) == ADR_CODE_OK);
        result = buffer(text, sizeof text);
        CHECK(adr_lookup(closing->core, bytes("5551212"), &result) == ADR_CODE_OK);
    }
}

/* A callback may use the core until adr_close has returned. */
static void test_close_during_callbacks(void) {
    adr_settings settings;
    const char *servers[1] = {"http://127.0.0.1:1/"};
    int turn;
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    for (turn = 0; turn < 20; turn++) {
        struct closing closing = {NULL, 0};
        CHECK(adr_open(&settings, &closing.core, NULL) == ADR_CODE_OK);
        CHECK(adr_subscribe(closing.core, use_core, &closing) == ADR_CODE_OK);
        CHECK(adr_subscribe(closing.core, use_core, &closing) == ADR_CODE_OK);
        while (!__atomic_load_n(&closing.is_inside, __ATOMIC_SEQ_CST)) {
            usleep(100);
        }
        CHECK(adr_close(closing.core) == ADR_CODE_OK);
    }
}

static void test_open_errors(void) {
    char text[200];
    adr_buffer error = buffer(text, sizeof text);
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1] = {"ftp://nowhere"};
    memset(&settings, 0, sizeof settings);
    CHECK(adr_open(NULL, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length > 0);
    CHECK(adr_open(&settings, &core, NULL) == ADR_CODE_BAD_ARGUMENT && core == NULL);
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    CHECK(adr_open(&settings, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(text, "ftp://nowhere") != NULL);
    servers[0] = "http://127.0.0.1:1/";
    settings.cache = "/dev/null/cache";
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_NOT_OPENED && strstr(text, "/dev/null/cache") != NULL);
    settings.cache = NULL;
    settings.key = "no key";
    error.capacity = 8;
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length > 7 && strlen(text) == 7);
    CHECK(strcmp(adr_code_text(ADR_CODE_OK), "success") == 0);
    CHECK(strcmp(adr_code_text(77), "unknown code") == 0);
    CHECK(strchr(adr_version(), '.') != NULL);
}

int main(int count, char **arguments) {
    char text[2048];
    adr_buffer status = buffer(text, sizeof text);
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1];
    int turn;
    int calls = 0;
    CHECK(count == 3);
    test_clean();
    servers[0] = arguments[1];
    expected_result = arguments[2];
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    CHECK(adr_open(&settings, &core, NULL) == ADR_CODE_OK && core != NULL);
    CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    for (turn = 0; !dials(core, expected_result); turn++) {
        CHECK(turn < 6000);
        usleep(10000);
    }
    CHECK(adr_status(core, &status) == ADR_CODE_OK);
    CHECK(strstr(text, "\"generation\":7") != NULL);
    test_threads(core);
    test_invalid_arguments(core, expected_result);
    test_open_errors();
    test_close_during_callbacks();
    CHECK(adr_unsubscribe(core, count_calls, &turn) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_close(core) == ADR_CODE_OK);
    turn = __atomic_load_n(&calls, __ATOMIC_SEQ_CST);
    CHECK(turn > 0);
    usleep(20000);
    CHECK(turn == __atomic_load_n(&calls, __ATOMIC_SEQ_CST));
    puts("fine");
    return 0;
}
