/* What a callback may do, and what may happen to its thread. */
#define _GNU_SOURCE
#include "harness.h"

static adr_core *own;
static int done;

static void call_everything(const char *status, size_t length, void *user) {
    char text[2048];
    static int calls;
    adr_core *other = NULL;
    adr_buffer result = buffer(text, sizeof text);
    (void)status;
    (void)length;
    (void)user;
    if (__atomic_load_n(&done, __ATOMIC_SEQ_CST)) {
        return;
    }
    CHECK(dials(own) && adr_generation(own) == 7);
    CHECK(adr_status(own, &result) == ADR_CODE_OK);
    CHECK(adr_reload(own, 60000, NULL, NULL) == ADR_CODE_OK);
    CHECK(adr_subscribe(own, count_calls, &calls) == ADR_CODE_OK);
    other = ready_core();
    CHECK(adr_subscribe(other, count_calls, &calls) == ADR_CODE_OK);
    CHECK(adr_close(other) == ADR_CODE_OK);
    result = buffer(text, sizeof text);
    CHECK(open_with(&other, url, NULL, "/dev/null/x/y", &result) == ADR_CODE_NOT_OPENED);
    CHECK(strstr(text, "/dev/null/x/y") != NULL && result.length == strlen(text));
    __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
}

static void callback_calls_everything(void) {
    own = ready_core();
    CHECK(adr_subscribe(own, call_everything, NULL) == ADR_CODE_OK);
    wait_until_set(&done);
    CHECK(adr_close(own) == ADR_CODE_OK);
}

static void close_own_core(const char *status, size_t length, void *user) {
    (void)status;
    (void)length;
    (void)user;
    CHECK(adr_close(own) == ADR_CODE_IN_CALLBACK);
    CHECK(dials(own));
    __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
}

static void callback_does_not_close_its_core(void) {
    int threads = count_threads();
    own = ready_core();
    CHECK(adr_subscribe(own, close_own_core, NULL) == ADR_CODE_OK);
    wait_until_set(&done);
    CHECK(dials(own) && adr_reload(own, 60000, NULL, NULL) == ADR_CODE_OK);
    CHECK(adr_close(own) == ADR_CODE_OK);
    wait_for_threads(threads);
}

static void end_thread(const char *status, size_t length, void *user) {
    (void)status;
    (void)length;
    __atomic_store_n((int *)user, 1, __ATOMIC_SEQ_CST);
    pthread_exit(NULL);
}

static void callback_ends_its_thread(void) {
    int threads = count_threads(), first = 0, second = 0;
    adr_core *core = ready_core();
    CHECK(adr_subscribe(core, end_thread, &first) == ADR_CODE_OK);
    CHECK(adr_subscribe(core, end_thread, &second) == ADR_CODE_OK);
    wait_until_set(&first);
    wait_until_set(&second);
    CHECK(adr_unsubscribe(core, end_thread, &first) == ADR_CODE_CALLBACK_ENDED);
    CHECK(adr_unsubscribe(core, end_thread, &first) == ADR_CODE_BAD_ARGUMENT);
    CHECK(dials(core) && adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK);
    CHECK(adr_close(core) == ADR_CODE_CALLBACK_ENDED);
    CHECK(adr_close(core) == ADR_CODE_CLOSED);
    wait_for_threads(threads);
}

/* The thread of a callback, and whether it is known. */
struct cancelable {
    pthread_t thread;
    int is_inside;
};

static void wait_to_be_canceled(const char *status, size_t length, void *user) {
    struct cancelable *cancelable = (struct cancelable *)user;
    (void)status;
    (void)length;
    cancelable->thread = pthread_self();
    __atomic_store_n(&cancelable->is_inside, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        pause();
    }
}

static void thread_of_a_callback_is_canceled(void) {
    struct cancelable cancelable;
    adr_core *core = ready_core();
    memset(&cancelable, 0, sizeof cancelable);
    CHECK(adr_subscribe(core, wait_to_be_canceled, &cancelable) == ADR_CODE_OK);
    wait_until_set(&cancelable.is_inside);
    CHECK(pthread_cancel(cancelable.thread) == 0);
    CHECK(adr_unsubscribe(core, wait_to_be_canceled, &cancelable) == ADR_CODE_CALLBACK_ENDED);
    CHECK(dials(core) && adr_close(core) == ADR_CODE_OK);
}

static void remember_thread(const char *status, size_t length, void *user) {
    struct cancelable *cancelable = (struct cancelable *)user;
    (void)status;
    (void)length;
    cancelable->thread = pthread_self();
    __atomic_store_n(&cancelable->is_inside, 1, __ATOMIC_SEQ_CST);
}

/* A thread that waits for the next status is not interrupted by a cancellation. */
static void waiting_thread_is_canceled(void) {
    struct cancelable cancelable;
    adr_core *core = open_core(url);
    adr_code code;
    memset(&cancelable, 0, sizeof cancelable);
    CHECK(adr_subscribe(core, remember_thread, &cancelable) == ADR_CODE_OK);
    wait_until_set(&cancelable.is_inside);
    CHECK(pthread_cancel(cancelable.thread) == 0);
    code = adr_close(core);
    CHECK(code == ADR_CODE_OK || code == ADR_CODE_CALLBACK_ENDED);
}

static void sleep_in_callback(const char *status, size_t length, void *user) {
    (void)status;
    (void)length;
    __atomic_store_n((int *)user, 1, __ATOMIC_SEQ_CST);
    usleep(300000);
    __atomic_store_n((int *)user, 2, __ATOMIC_SEQ_CST);
}

static void close_waits_for_a_slow_callback(void) {
    int state = 0;
    adr_core *core = ready_core();
    CHECK(adr_subscribe(core, sleep_in_callback, &state) == ADR_CODE_OK);
    wait_until_set(&state);
    CHECK(adr_close(core) == ADR_CODE_OK);
    CHECK(__atomic_load_n(&state, __ATOMIC_SEQ_CST) == 2);
}

static void exit_process(const char *status, size_t length, void *user) {
    (void)status;
    (void)length;
    (void)user;
    puts("fine");
    exit(0);
}

static void callback_ends_the_process(void) {
    adr_core *core = ready_core();
    CHECK(adr_subscribe(core, exit_process, NULL) == ADR_CODE_OK);
    sleep(60);
    CHECK(!"the process goes on");
}

static void unsubscribed_callback_is_not_called(void) {
    int threads = count_threads(), calls = 0, other_calls = 0, before;
    adr_core *core = open_core(url);
    CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    CHECK(adr_subscribe(core, count_calls, &other_calls) == ADR_CODE_OK);
    wait_until_set(&calls);
    CHECK(adr_unsubscribe(core, exit_process, &calls) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_unsubscribe(core, count_calls, NULL) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_unsubscribe(core, count_calls, &calls) == ADR_CODE_OK);
    before = __atomic_load_n(&calls, __ATOMIC_SEQ_CST);
    CHECK(adr_unsubscribe(core, count_calls, &calls) == ADR_CODE_BAD_ARGUMENT);
    CHECK(adr_reload(core, 60000, NULL, NULL) == ADR_CODE_OK);
    wait_until_set(&other_calls);
    CHECK(__atomic_load_n(&calls, __ATOMIC_SEQ_CST) == before);
    CHECK(adr_close(core) == ADR_CODE_OK);
    wait_for_threads(threads);
}

static void unsubscribe_itself(const char *status, size_t length, void *user) {
    count_calls(status, length, user);
    CHECK(adr_unsubscribe(own, unsubscribe_itself, user) == ADR_CODE_OK);
}

static void unsubscribe_another(const char *status, size_t length, void *user) {
    (void)status;
    (void)length;
    CHECK(adr_unsubscribe(own, count_calls, user) == ADR_CODE_IN_CALLBACK);
    __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
}

/* Subscriptions that end themselves leave no threads behind. */
static void callback_unsubscribes(void) {
    int threads, turn, calls = 0;
    own = open_core("http://127.0.0.1:1/");
    threads = count_threads();
    for (turn = 0; turn < 200; turn++) {
        int called = 0;
        CHECK(adr_subscribe(own, unsubscribe_itself, &called) == ADR_CODE_OK);
        wait_until_set(&called);
        usleep(1000);
    }
    CHECK(count_threads() < threads + 20);
    CHECK(adr_subscribe(own, count_calls, &calls) == ADR_CODE_OK);
    CHECK(adr_subscribe(own, unsubscribe_another, &calls) == ADR_CODE_OK);
    wait_until_set(&done);
    CHECK(adr_close(own) == ADR_CODE_OK);
}

static void many_subscriptions_end(void) {
    static int calls;
    int threads = count_threads(), turn, descriptors;
    adr_core *core = ready_core();
    descriptors = count_descriptors();
    for (turn = 0; turn < 500; turn++) {
        CHECK(adr_subscribe(core, count_calls, &calls) == ADR_CODE_OK);
    }
    CHECK(count_descriptors() <= descriptors + 1);
    CHECK(adr_close(core) == ADR_CODE_OK);
    CHECK(calls > 0);
    wait_for_threads(threads);
}

int main(int count, char **arguments) {
    static const struct test_case cases[] = {
        {"callback_calls_everything", callback_calls_everything},
        {"callback_does_not_close_its_core", callback_does_not_close_its_core},
        {"callback_ends_its_thread", callback_ends_its_thread},
        {"thread_of_a_callback_is_canceled", thread_of_a_callback_is_canceled},
        {"waiting_thread_is_canceled", waiting_thread_is_canceled},
        {"close_waits_for_a_slow_callback", close_waits_for_a_slow_callback},
        {"callback_ends_the_process", callback_ends_the_process},
        {"unsubscribed_callback_is_not_called", unsubscribed_callback_is_not_called},
        {"callback_unsubscribes", callback_unsubscribes},
        {"many_subscriptions_end", many_subscriptions_end},
    };
    return run_case(cases, COUNT(cases), count, arguments);
}
