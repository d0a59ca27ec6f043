/* Arguments of every kind: NULL, odd lengths, sizes of other versions, addresses and paths. */
#define _GNU_SOURCE
#include "harness.h"

#include <limits.h>
#include <sys/stat.h>

static void open_without_pointers(void) {
    char text[64] = "untouched";
    adr_core *core = NULL;
    adr_settings settings;
    adr_buffer error = buffer(text, sizeof text);
    size_t whole;
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    CHECK(adr_open(NULL, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_open(&settings, NULL, &error) == ADR_CODE_BAD_ARGUMENT);
    CHECK(error.length == strlen(text) && strstr(text, "NULL") != NULL);
    /* the length of a message can be asked for */
    error = buffer(NULL, 0);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && core == NULL);
    whole = error.length;
    CHECK(whole > 10 && whole < 4711);
    error = buffer(NULL, 64);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length == whole);
    error = buffer(text, 1);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length == whole && text[0] == 0);
    error = buffer(text, 8);
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && error.length == whole && strlen(text) == 7);
}

static void open_with_a_folder_and_no_key(void) {
    const char *servers[] = {"http://127.0.0.1:1"};
    char text[128];
    adr_core *core = NULL;
    adr_settings settings;
    adr_buffer error = buffer(text, sizeof text);
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    settings.folder = "site";
    CHECK(adr_open(&settings, &core, &error) == ADR_CODE_BAD_ARGUMENT && core == NULL);
    CHECK(strstr(text, "folder without key") != NULL);
}

static void dial_any_buffer(void) {
    adr_core *core = ready_core();
    char text[64];
    adr_bytes none = {NULL, 0}, null_with_length = {NULL, 5}, empty = {"", 0};
    adr_bytes huge = {"1", SIZE_MAX}, half = {"1", (size_t)1 << (sizeof(size_t) * CHAR_BIT - 1)};
    adr_buffer result = buffer(text, sizeof text);
    CHECK(adr_dial(core, none, &result) == ADR_CODE_OK && result.length == 0 && text[0] == 0);
    CHECK(adr_dial(core, empty, &result) == ADR_CODE_OK && result.length == 0);
    CHECK(adr_dial(core, null_with_length, &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_dial(core, huge, &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_dial(core, half, &result) == ADR_CODE_BAD_ARGUMENT);
    result = buffer(NULL, 0);
    CHECK(adr_dial(core, none, &result) == ADR_CODE_TOO_SMALL && result.length == 0);
    result = buffer(NULL, 10);
    CHECK(adr_dial(core, empty, &result) == ADR_CODE_BAD_ARGUMENT);
    result = buffer(text, SIZE_MAX);
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_OK && strcmp(text, "95551212") == 0);
    memset(text, 'x', sizeof text);
    result = buffer(text, 8);
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_TOO_SMALL && result.length == 8 && text[0] == 'x');
    result = buffer(text, 9);
    CHECK(adr_dial(core, bytes("5551212"), &result) == ADR_CODE_OK && result.length == 8 && text[9] == 'x');
    CHECK(adr_dial(NULL, none, NULL) == ADR_CODE_BAD_ARGUMENT && adr_dial(core, none, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_lookup(NULL, none, NULL) == ADR_CODE_BAD_ARGUMENT);
    result = buffer(text, sizeof text);
    CHECK(adr_lookup(core, null_with_length, &result) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_lookup(core, none, &result) == ADR_CODE_OK);
    result = buffer(NULL, 0);
    CHECK(adr_status(core, &result) == ADR_CODE_TOO_SMALL && result.length > 50 && result.length < 1024);
    CHECK(adr_status(core, NULL) == ADR_CODE_BAD_ARGUMENT && adr_status(NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_subscribe(NULL, count_calls, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_unsubscribe(NULL, count_calls, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_unsubscribe(core, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_close(NULL) == ADR_CODE_OK && adr_generation(NULL) == 0);
    CHECK(adr_close(core) == ADR_CODE_OK);
}

static void codes_have_texts(void) {
    int code;
    for (code = ADR_CODE_OK; code <= ADR_CODE_CALLBACK_ENDED; code++) {
        CHECK(strcmp(adr_code_text(code), "unknown code") != 0);
    }
    CHECK(strcmp(adr_code_text(code), "unknown code") == 0);
    CHECK(adr_code_text(-1) != NULL && adr_code_text(INT32_MAX) != NULL && adr_code_text(INT32_MIN) != NULL);
}

static void dial_any_bytes(void) {
    adr_core *core = ready_core();
    char number[256], text[600];
    size_t length = (size_t)64 << 20;
    char *large = (char *)malloc(length), *result_text = (char *)malloc(length + 1);
    adr_buffer result = buffer(text, sizeof text);
    adr_bytes any = {number, sizeof number}, many = {large, length};
    int at;
    for (at = 0; at < 256; at++) {
        number[at] = (char)at;
    }
    CHECK(adr_dial(core, any, &result) == ADR_CODE_OK && result.length == 256 && memcmp(text, number, 256) == 0);
    CHECK(large != NULL && result_text != NULL);
    memset(large, '7', length);
    result = buffer(result_text, length + 1);
    CHECK(adr_dial(core, many, &result) == ADR_CODE_OK && result.length == length && result_text[length] == 0);
    result = buffer(large, length);
    CHECK(adr_dial(core, many, &result) == ADR_CODE_TOO_SMALL);
    free(large);
    free(result_text);
    CHECK(adr_close(core) == ADR_CODE_OK);
}

static void reload_sets_its_message(void) {
    adr_core *core = ready_core();
    char text[200] = "untouched";
    uint64_t generation = 99;
    adr_buffer reason = buffer(text, sizeof text);
    CHECK(adr_reload(NULL, 0, NULL, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_announce(NULL, bytes("{}")) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_announce(core, (adr_bytes){NULL, 3}) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_announce(core, bytes("{}")) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_announce(core, bytes("{\"generation\":1,\"sha256\":\"\"}")) == ADR_CODE_OK);
    if (adr_reload(core, 0, &generation, &reason) == ADR_CODE_REFUSED) {
        CHECK(reason.length == strlen(text) && strstr(text, "no answer within 0 seconds") != NULL);
    }
    reason = buffer(text, sizeof text);
    CHECK(adr_reload(core, 60000, &generation, &reason) == ADR_CODE_OK && generation == 7);
    CHECK(reason.length == 0 && text[0] == 0);
    CHECK(adr_reload(core, UINT64_MAX, NULL, NULL) == ADR_CODE_OK);
    CHECK(adr_close(core) == ADR_CODE_OK);
}

/* Settings of an older, a newer and no version of the header. */
static void settings_of_other_versions(void) {
    struct {
        adr_settings known;
        uint64_t added;
    } newer;
    const char *servers[1];
    char text[300];
    adr_core *core = NULL;
    adr_buffer error = buffer(text, sizeof text);
    memset(&newer, 0, sizeof newer);
    servers[0] = url;
    newer.known.servers = servers;
    newer.known.servers_count = 1;
    CHECK(adr_open(&newer.known, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(text, "struct_size") != NULL);
    newer.known.struct_size = offsetof(adr_settings, cache);
    newer.known.proxy = "not a proxy, and not read";
    CHECK(adr_open(&newer.known, &core, NULL) == ADR_CODE_OK && adr_close(core) == ADR_CODE_OK);
    newer.known.struct_size = sizeof newer.known;
    CHECK(adr_open(&newer.known, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(text, "proxy") != NULL);
    newer.known.proxy = NULL;
    newer.known.struct_size = sizeof newer;
    CHECK(adr_open(&newer.known, &core, NULL) == ADR_CODE_OK && adr_close(core) == ADR_CODE_OK);
    newer.added = 1;
    error = buffer(text, sizeof text);
    CHECK(adr_open(&newer.known, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(text, "newer version") != NULL);
    newer.known.struct_size = (size_t)(uintptr_t)servers;
    CHECK(adr_open(&newer.known, &core, &error) == ADR_CODE_BAD_ARGUMENT && core == NULL);
    newer.known.struct_size = sizeof newer.known;
    newer.known.servers_count = SIZE_MAX;
    CHECK(adr_open(&newer.known, &core, &error) == ADR_CODE_BAD_ARGUMENT && strstr(text, "at most 64") != NULL);
}

/* An address, a cache and a socket that cannot be used, and what the message contains. */
struct invalid {
    const char *server, *cache, *socket, *message;
};

static void unusable_settings_are_refused(void) {
    static char long_address[1 << 20], long_path[5000], long_socket[200], file[200], opened_folder[200], text[6000];
    struct invalid invalid[] = {
        {"", NULL, NULL, "not a server address"},
        {"ftp://x", NULL, NULL, "ftp://x"},
        {"http://\xff\xfe", NULL, NULL, "UTF-8"},
        {"http://u:secret@h/", NULL, NULL, "password"},
        {"http://:secret@h/", NULL, NULL, "password"},
        {"http://127.0.0.1:99999/", NULL, NULL, "99999"},
        {"http:// /", NULL, NULL, "not a server address"},
        {"http://a\nb/", NULL, NULL, "not a server address"},
        {"http://127.0.0.1:0/", NULL, NULL, "not a server address"},
        {long_address, NULL, NULL, "at most 2048 bytes"},
        {url, file, NULL, file},
        {url, "/dev/null/c", NULL, "/dev/null/c"},
        {url, "", NULL, "`cache` is empty"},
        {url, long_path, NULL, "too long"},
        {url, "./cache-\xff", NULL, "`cache` is not UTF-8"},
        {url, opened_folder, NULL, opened_folder},
        {url, NULL, "", "`socket` is empty"},
        {url, NULL, file, "not a socket"},
        {url, NULL, opened_folder, "not a socket"},
        {url, NULL, "/nonexistent/x/s", "/nonexistent/x/s"},
        {url, NULL, long_socket, "at most 107 bytes"},
        {url, NULL, long_path, "at most 107 bytes"},
        {url, NULL, "./sock-\xff", "`socket` is not UTF-8"},
        {url, NULL, "/proc/x.sock", "/proc/x.sock"},
    };
    int threads = count_threads(), descriptors;
    adr_core *core = open_core(url);
    size_t at;
    CHECK(adr_close(core) == ADR_CODE_OK);
    wait_for_threads(threads);
    descriptors = count_descriptors();
    memset(long_address, 'x', sizeof long_address - 1);
    memcpy(long_address, "http://", 7);
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[0] = '/';
    memset(long_socket, 'b', 120);
    snprintf(file, sizeof file, "%s/file", folder);
    fclose(fopen(file, "w"));
    snprintf(opened_folder, sizeof opened_folder, "%s/open", folder);
    CHECK(mkdir(opened_folder, 0777) == 0 && chmod(opened_folder, 0777) == 0);
    for (at = 0; at < COUNT(invalid); at++) {
        adr_buffer error = buffer(text, sizeof text);
        adr_code code;
        core = (adr_core *)1;
        code = open_with(&core, invalid[at].server, invalid[at].cache, invalid[at].socket, &error);
        if (code == ADR_CODE_OK || core != NULL || error.length != strlen(text) ||
            strstr(text, invalid[at].message) == NULL || strstr(text, "secret") != NULL) {
            fprintf(stderr, "case %d: code %d, `%s`\n", (int)at, (int)code, text);
            exit(1);
        }
    }
    wait_for_threads(threads);
    CHECK(count_descriptors() == descriptors);
}

/* A socket of another core stays that of the other core, and a closed core leaves none. */
static void occupied_socket_is_refused(void) {
    char path[200], cache[200], text[400];
    adr_buffer error = buffer(text, sizeof text);
    adr_core *first = NULL, *second = NULL;
    struct stat found;
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    CHECK(open_with(&first, url, cache, path, NULL) == ADR_CODE_OK);
    CHECK(open_with(&second, url, NULL, path, &error) == ADR_CODE_NOT_OPENED && strstr(text, "another core") != NULL);
    CHECK(open_with(&second, url, cache, NULL, &error) == ADR_CODE_NOT_OPENED && strstr(text, "another core") != NULL);
    CHECK(stat(path, &found) == 0 && (found.st_mode & 0777) == 0600);
    CHECK(adr_close(first) == ADR_CODE_OK && stat(path, &found) != 0);
}

/* Relative paths stay those of adr_open when the process changes its folder. */
static void relative_paths_survive_chdir(void) {
    adr_core *core = NULL;
    double end = now() + 30;
    CHECK(chdir(folder) == 0);
    CHECK(open_with(&core, url, "cache", "socket", NULL) == ADR_CODE_OK);
    CHECK(access("socket", F_OK) == 0 && chdir("/") == 0);
    CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK);
    CHECK(chdir(folder) == 0);
    while (access("cache/copy", F_OK) != 0 && now() < end) {
        usleep(1000);
    }
    CHECK(access("cache/copy", F_OK) == 0 && chdir("/") == 0);
    CHECK(adr_close(core) == ADR_CODE_OK);
    CHECK(chdir(folder) == 0 && access("socket", F_OK) != 0 && access("/cache", F_OK) != 0);
}

int main(int count, char **arguments) {
    static const struct test_case cases[] = {
        {"open_without_pointers", open_without_pointers},
        {"open_with_a_folder_and_no_key", open_with_a_folder_and_no_key},
        {"dial_any_buffer", dial_any_buffer},
        {"codes_have_texts", codes_have_texts},
        {"dial_any_bytes", dial_any_bytes},
        {"reload_sets_its_message", reload_sets_its_message},
        {"settings_of_other_versions", settings_of_other_versions},
        {"unusable_settings_are_refused", unusable_settings_are_refused},
        {"occupied_socket_is_refused", occupied_socket_is_refused},
        {"relative_paths_survive_chdir", relative_paths_survive_chdir},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
