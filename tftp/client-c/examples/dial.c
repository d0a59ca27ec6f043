/* Dials through the client core: dial SERVER NUMBER...
 * for example: dial http://tftp1:6970 "555-1212"
 *
 *   cc dial.c $(pkg-config --cflags --libs adrclient) -o dial
 */
#include <adr_client.h>

#include <stdio.h>
#include <string.h>

/* Prints what a softphone dials for a number as people write it. */
static int print_dialed(const adr_core *core, const char *number) {
    char clean_text[256], text[256];
    adr_bytes written = {number, strlen(number)};
    adr_buffer clean = {clean_text, sizeof clean_text, 0};
    adr_buffer result = {text, sizeof text, 0};
    adr_code code = adr_clean(written, false, &clean, NULL);
    if (code == ADR_CODE_OK) {
        adr_bytes digits = {clean_text, clean.length};
        code = adr_dial(core, digits, &result);
    }
    if (code != ADR_CODE_OK) {
        fprintf(stderr, "%s: %s\n", number, adr_code_text(code));
        return 1;
    }
    puts(text);
    return 0;
}

int main(int count, char **arguments) {
    adr_core *core = NULL;
    adr_settings settings = {0};
    const char *servers[1];
    char reason[512];
    adr_buffer message = {reason, sizeof reason, 0};
    int at, failed = 0;
    if (count < 3) {
        fprintf(stderr, "usage: %s SERVER NUMBER...\n", arguments[0]);
        return 2;
    }
    servers[0] = arguments[1];
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    if (adr_open(&settings, &core, &message) != ADR_CODE_OK) {
        fprintf(stderr, "cannot open a core: %s\n", reason);
        return 1;
    }
    /* a softphone does not wait: it dials by the rules of its cache until newer ones arrive */
    if (adr_reload(core, 30000, NULL, &message) != ADR_CODE_OK) {
        fprintf(stderr, "no rules yet, so numbers are unchanged: %s\n", reason);
    }
    for (at = 2; at < count; at++) {
        failed |= print_dialed(core, arguments[at]);
    }
    adr_close(core);
    return failed;
}
