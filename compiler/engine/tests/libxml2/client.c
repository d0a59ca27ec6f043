/* Reads files with libxml2 as the real client does: the oracle of the differential test.
 *
 * The real client parses with libxml2's defaults and reads attributes by xmlGetProp, which also returns the defaults that a
 * document type declares. The test first checks that this program reads the recordings as the real client did.
 *
 * Input: for each file its length as a native 32-bit number, then its bytes. Output for each file: one byte (0: not
 * well-formed, 1: the root is DialRules, 2: another root). Unless it is 0, the number of rules follows, then the four values
 * of each rule, each after its length.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[4] = {"BeginsWith", "NumDigits", "DigitsToRemove", "PrefixWith"};

static void quiet(void *context, const char *message, ...) {
    (void)context;
    (void)message;
}

static void write_number(size_t number) {
    uint32_t narrow = (uint32_t)number;
    fwrite(&narrow, sizeof narrow, 1, stdout);
}

/* The values of the rule of a node; returns whether the client uses it. */
static int is_kept(xmlNodePtr node, xmlChar *values[4]) {
    int at;
    for (at = 0; at < 4; at++) {
        values[at] = NULL;
    }
    if (node->type != XML_ELEMENT_NODE || !xmlStrEqual(node->name, BAD_CAST "DialRule")) {
        return 0;
    }
    for (at = 0; at < 4; at++) {
        values[at] = xmlGetProp(node, BAD_CAST NAMES[at]);
    }
    return values[1] != NULL && values[2] != NULL && values[3] != NULL;
}

static size_t rules(xmlNodePtr root, int is_written) {
    size_t count = 0;
    xmlNodePtr node;
    for (node = root->children; node != NULL; node = node->next) {
        xmlChar *values[4];
        int at, kept = is_kept(node, values);
        count += kept ? 1 : 0;
        for (at = 0; at < 4; at++) {
            if (kept && is_written) {
                const char *value = values[at] != NULL ? (const char *)values[at] : "";
                write_number(strlen(value));
                fwrite(value, 1, strlen(value), stdout);
            }
            xmlFree(values[at]);
        }
    }
    return count;
}

static void answer(const char *file, uint32_t length) {
    xmlDocPtr document = xmlReadMemory(file, (int)length, NULL, NULL, XML_PARSE_NONET);
    xmlNodePtr root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    if (root == NULL) {
        putchar(0);
    } else {
        putchar(xmlStrEqual(root->name, BAD_CAST "DialRules") ? 1 : 2);
        write_number(rules(root, 0));
        rules(root, 1);
    }
    xmlFreeDoc(document);
}

int main(void) {
    uint32_t length;
    xmlSetGenericErrorFunc(NULL, quiet);
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        char *file = malloc((size_t)length + 1);
        if (file == NULL || fread(file, 1, length, stdin) != length) {
            return 1;
        }
        answer(file, length);
        free(file);
    }
    return 0;
}
