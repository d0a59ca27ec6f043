/* A headless softphone: phone SERVER CACHE.
 * It opens a core that follows the server. Each line of its input is a number; it writes a line with a generation and
 * the result of dialing by the rules of that or a later generation. It ends at the end of its input. */
#include "adr_client.h"

#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1];
    char number[128];
    char text[256];
    adr_buffer error = {text, sizeof text, 0};
    if (count != 3) {
        fputs("usage: phone SERVER CACHE\n", stderr);
        return 2;
    }
    servers[0] = arguments[1];
    memset(&settings, 0, sizeof settings);
    settings.struct_size = sizeof settings;
    settings.servers = servers;
    settings.servers_count = 1;
    settings.cache = arguments[2];
    if (adr_open(&settings, &core, &error) != ADR_CODE_OK) {
        fprintf(stderr, "cannot open the core: %s\n", text);
        return 1;
    }
    while (fgets(number, sizeof number, stdin) != NULL) {
        adr_bytes digits = {number, strcspn(number, "\n")};
        adr_buffer result = {text, sizeof text, 0};
        unsigned long long generation = adr_generation(core);
        if (adr_dial(core, digits, &result) != ADR_CODE_OK) {
            break;
        }
        printf("%llu %s\n", generation, text);
        fflush(stdout);
    }
    adr_close(core);
    return 0;
}
