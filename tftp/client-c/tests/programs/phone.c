/* A softphone without a window: phone SERVER CACHE.
 * It opens a core that follows the server. For each line of its input, a number, it writes a line: a generation, and what
 * is dialled by the rules of that one or of a later one. It ends with its input. */
#include "adr_client.h"

#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
    adr_core *core = NULL;
    adr_settings settings;
    const char *servers[1];
    char number[128];
    char room[256];
    adr_buffer error = {room, sizeof room, 0};
    if (count != 3) {
        fputs("phone SERVER CACHE\n", stderr);
        return 2;
    }
    servers[0] = arguments[1];
    memset(&settings, 0, sizeof settings);
    settings.servers = servers;
    settings.servers_count = 1;
    settings.cache = arguments[2];
    if (adr_open(&settings, &core, &error) != ADR_CODE_OK) {
        fprintf(stderr, "not opened: %s\n", room);
        return 1;
    }
    while (fgets(number, sizeof number, stdin) != NULL) {
        adr_bytes dialled = {number, strcspn(number, "\n")};
        adr_buffer result = {room, sizeof room, 0};
        unsigned long long generation = adr_generation(core);
        if (adr_dial(core, dialled, &result) != ADR_CODE_OK) {
            break;
        }
        printf("%llu %s\n", generation, room);
        fflush(stdout);
    }
    adr_close(core);
    return 0;
}
