/* Rules from memory: a core without servers, for tests of a softphone. */
#define _GNU_SOURCE
#include "harness.h"

static const char *const APPLICATION =
    "<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/></DialRules>";
static const char *const LOOKUP =
    "<DialRules><DialRule BeginsWith='9' NumDigits='8' DigitsToRemove='1' PrefixWith=''/></DialRules>";

static void memory_rules_dial(void) {
    adr_bytes none = {NULL, 0};
    int threads = count_threads(), calls = 0;
    char text[2048];
    adr_core *core = NULL;
    adr_buffer result = buffer(text, sizeof text);
    CHECK(adr_rules_from_xml(bytes(APPLICATION), bytes(LOOKUP), &core, &result) == ADR_CODE_OK && core != NULL);
    CHECK(result.length == 0 && count_threads() == threads);
    CHECK(dials(core) && adr_generation(core) == 0);
    CHECK(adr_lookup(core, bytes("95551212"), &result) == ADR_CODE_OK && strcmp(text, "5551212") == 0);
    CHECK(adr_status(core, &result) == ADR_CODE_OK && strstr(text, "\"has_rules\":true") != NULL);
    CHECK(adr_reload(core, 60000, NULL, &result) == ADR_CODE_REFUSED && strstr(text, "no servers") != NULL);
    CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    wait_until_set(&calls);
    CHECK(adr_unsubscribe(core, count_calls, &calls) == ADR_CODE_OK);
    CHECK(adr_close(core) == ADR_CODE_OK && adr_close(core) == ADR_CODE_CLOSED);
    /* without lookup rules */
    CHECK(adr_rules_from_xml(bytes(APPLICATION), none, &core, NULL) == ADR_CODE_OK);
    result = buffer(text, sizeof text);
    CHECK(adr_lookup(core, bytes("95551212"), &result) == ADR_CODE_OK && strcmp(text, "95551212") == 0);
    CHECK(adr_close(core) == ADR_CODE_OK);
}

static void invalid_memory_rules_are_refused(void) {
    adr_bytes none = {NULL, 0}, broken = {NULL, 3}, empty = {"", 0};
    char text[300];
    adr_core *core = (adr_core *)1;
    adr_buffer error = buffer(text, sizeof text);
    CHECK(adr_rules_from_xml(bytes("<html/>"), none, &core, &error) == ADR_CODE_REFUSED && core == NULL);
    CHECK(strstr(text, "DialRules") != NULL);
    CHECK(adr_rules_from_xml(none, none, &core, &error) == ADR_CODE_REFUSED && strstr(text, "empty") != NULL);
    CHECK(adr_rules_from_xml(bytes(APPLICATION), empty, &core, &error) == ADR_CODE_REFUSED);
    CHECK(adr_rules_from_xml(broken, none, &core, &error) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_rules_from_xml(bytes(APPLICATION), none, NULL, &error) == ADR_CODE_BAD_ARGUMENT);
}

int main(int count, char **arguments) {
    static const struct test_case cases[] = {
        {"memory_rules_dial", memory_rules_dial},
        {"invalid_memory_rules_are_refused", invalid_memory_rules_are_refused},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
