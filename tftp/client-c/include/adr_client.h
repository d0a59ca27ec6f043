/* The client core of adrc for C and C++. Made by cbindgen from tftp/client-c/src; not to be edited.
 *
 * Open a core, dial through it from any number of threads, close it. It renews its rules by itself.
 *
 *   adr_core *core = NULL;
 *   const char *servers[] = {"http://tftp1:6970"};
 *   adr_settings settings = {0};
 *   settings.servers = servers;
 *   settings.servers_count = 1;
 *   if (adr_open(&settings, &core, NULL) == ADR_CODE_OK) {
 *       char room[256];
 *       adr_buffer result = {room, sizeof room, 0};
 *       adr_bytes number = {"5551212", 7};
 *       adr_code code = adr_dial(core, number, &result);
 *       adr_close(core);
 *   }
 *
 * What the caller passes stays the caller's: the core keeps no pointer beyond the call, but for `user` of
 * adr_subscribe. What the core gives is written into the caller's buffers; nothing has to be freed but the
 * core itself. Every function may be called from any thread at any time, but for adr_close, which must be the
 * last call with that core.
 */

#ifndef ADR_CLIENT_H
#define ADR_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/*
 What a call came to.
 */
typedef enum adr_code {
  /*
   Done.
   */
  ADR_CODE_OK = 0,
  /*
   The buffer has no room for the result and the NUL behind it; its length tells how long the result is.
   */
  ADR_CODE_TOO_SMALL = 1,
  /*
   NULL where something is needed, a server that is no URL, a key that is none, a text that is not UTF-8.
   */
  ADR_CODE_BAD_ARGUMENT = 2,
  /*
   The folder or the socket cannot be used.
   */
  ADR_CODE_NOT_OPENED = 3,
  /*
   Nothing was taken from any server, or none answered in time; what ran before runs on.
   */
  ADR_CODE_REFUSED = 4,
  /*
   Something went wrong inside the library.
   */
  ADR_CODE_FAILED = 5,
} adr_code;

/*
 A core that runs. Its inside is no affair of the caller.
 */
typedef struct adr_core adr_core;

/*
 What a core is to do. Zero it first; then what a later version adds has its default.
 */
typedef struct adr_settings {
  /*
   `servers_count` texts such as "http://tftp1:6970", asked in this order.
   */
  const char *const *servers;
  /*
   How many servers; at least one.
   */
  size_t servers_count;
  /*
   The folder for the last good copy, made if it is not there; NULL to keep none.
   */
  const char *cache;
  /*
   The path of a control socket for other applications of this user, on Windows the name of a pipe,
   `\\.\pipe\NAME`; NULL for none.
   */
  const char *socket;
  /*
   The public key that must have signed, as the text of its file or its line of base64; NULL to take
   unsigned generations as well.
   */
  const char *key;
  /*
   Milliseconds between looks at a server that does not tell of changes by itself; 0 for a minute.
   */
  uint64_t poll_milliseconds;
} adr_settings;

/*
 Room of the caller's, into which a result is written.
 */
typedef struct adr_buffer {
  /*
   The first byte; may be NULL when the capacity is 0, to ask for a length.
   */
  char *data;
  /*
   How many bytes may be written, the NUL behind a result among them.
   */
  size_t capacity;
  /*
   The length of the result without its NUL; set by the call.
   */
  size_t length;
} adr_buffer;

/*
 Bytes of the caller's, which need no NUL behind them.
 */
typedef struct adr_bytes {
  /*
   The first of them; may be NULL when there are none.
   */
  const char *data;
  /*
   How many.
   */
  size_t length;
} adr_bytes;

/*
 What is called with a state: its text, the length of the text, and what the subscriber gave along.
 */
typedef void (*adr_told)(const char *status, size_t length, void *user);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Opens a core and puts it into `*core`.

 The last good copy is read before this returns, servers are asked after it: dialling works at once, and
 leaves numbers as they are until there are rules. Of `error`, if it is not NULL, becomes what went wrong.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_NOT_OPENED when the folder or the socket cannot be used.

 # Safety

 `settings` and `core` point to one value each, the texts in the settings end with a NUL, `error` is NULL or
 points to a buffer as described there.
 */
enum adr_code adr_open(const struct adr_settings *settings,
                       struct adr_core **core,
                       struct adr_buffer *error);

/*
 What a client sends out for `number`, byte for byte: nothing is cleaned. Never waits for the network.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, and then `result->length` tells how long the result
 is and nothing else is written.

 # Safety

 `core` was opened and is not closed, `number` and `result` are as described there.
 */
enum adr_code adr_dial(const struct adr_core *core,
                       struct adr_bytes number,
                       struct adr_buffer *result);

/*
 What a client searches in the directory for a caller's `number`; otherwise as adr_dial.

 # Safety

 As adr_dial.
 */
enum adr_code adr_lookup(const struct adr_core *core,
                         struct adr_bytes number,
                         struct adr_buffer *result);

/*
 Makes of `number`, as people write or paste it, the number that a phone dials. Needs no core.

 Spaces, dashes, `. ( ) /` and characters that cannot be seen are dropped; decimal digits of every
 script and full-width characters become ASCII; of a `tel:` URI the number is taken. With `letters`
 letters become the digits of their keys. What is left outside `0-9 + * #` stays in the result.

 If `remark` is not NULL, it receives one line that names what was cut and what is left, as much of
 it as there is room for. Its length is 0 when there is nothing to say.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, as in adr_dial. A result is never longer than
 `number`.

 # Safety

 `number` and `result` are as described there; `remark` is NULL or points to another buffer.
 */
enum adr_code adr_clean(struct adr_bytes number,
                        bool letters,
                        struct adr_buffer *result,
                        struct adr_buffer *remark);

/*
 Asks the servers now, and waits until that is done, at most `wait_milliseconds`.

 Of `generation`, if it is not NULL, becomes the generation that runs afterwards; of `reason`, if it is not
 NULL, why nothing was taken. What ran before runs on then.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_REFUSED.

 # Safety

 `core` was opened and is not closed; `generation` and `reason` are NULL or point to one value each.
 */
enum adr_code adr_reload(const struct adr_core *core,
                         uint64_t wait_milliseconds,
                         uint64_t *generation,
                         struct adr_buffer *reason);

/*
 The generation that runs; 0 for no rules, for rules of a server without a manifest, and for NULL.

 # Safety

 `core` is NULL, or was opened and is not closed.
 */
uint64_t adr_generation(const struct adr_core *core);

/*
 The state of the core as JSON: the fields are those of docs/core.md. A kilobyte is enough for it where no
 server's URL is longer than 100 bytes.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, as in adr_dial.

 # Safety

 `core` was opened and is not closed, `status` is as described there.
 */
enum adr_code adr_status(const struct adr_core *core,
                         struct adr_buffer *status);

/*
 Calls `told` with the state of the core as JSON: once soon, and then whenever it changes, until the core is
 closed. The latest state counts; those in between may be missed.

 The calls come one after the other from a thread of the core's. The text ends with a NUL and is gone when
 the call returns. The callback may dial, look up and ask for the status; it must not close the core.

 ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_FAILED when the system gives no thread.

 # Safety

 `core` was opened and is not closed. `told` may be called with `user` from another thread until adr_close
 has returned.
 */
enum adr_code adr_subscribe(const struct adr_core *core,
                            adr_told told,
                            void *user);

/*
 Closes a core. When this returns, no callback runs and none will. NULL is let pass.

 # Safety

 `core` is NULL or was opened; no other call with it runs but those of callbacks, and none comes after.
 */
void adr_close(struct adr_core *core);

/*
 What a code means: a phrase in English that lasts as long as the program. For a number that is no code,
 "unknown code".
 */
const char *adr_code_text(int32_t code);

/*
 The version of the library, such as "0.1.0"; lasts as long as the program.
 */
const char *adr_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ADR_CLIENT_H */
