// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "watch.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "../base/allocate.h"
#include "../base/status.h"
#include "loop.h"

enum { GRACE_MS = 6000, GRACE_CPU_MS = 250, LOOK_MS = 20, TICK_MS = 200 };

struct host_watch {
    uv_loop_t loop;
    uv_thread_t thread;
    enum host_end end;
    clockid_t watched;     // processor time of the thread that is watched
    uint64_t asked_cpu_ms; // ... and the loop's time, when it was asked to stop
    uint64_t asked_ms;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_timer_t watchdog;
    uv_timer_t grace;
    uv_timer_t ticker;
    uv_async_t wake; // the other thread has changed `relaxed` or `ending`
    const char *last_words;
    unsigned interrupt_count;
    volatile int stop_request; // read by the simulation; only ever goes from 0 to 1
    atomic_int cause;          // enum host_stop
    atomic_bool ticked;
    atomic_bool relaxed;
    atomic_bool ending;
};

static int status_of(enum host_stop cause)
{
    return cause == HOST_TIMED_OUT ? STATUS_BOUND : STATUS_INTERRUPTED;
}

_Noreturn static void end_program(struct host_watch *watch)
{
    // Not stdio, whose locks the simulation may hold.
    if (write(STDERR_FILENO, watch->last_words, strlen(watch->last_words)) < 0) {
        // Nobody to tell.
    }
    _exit(status_of((enum host_stop)atomic_load(&watch->cause)));
}

static uint64_t cpu_ms(const struct host_watch *watch)
{
    struct timespec used = {0};

    (void)clock_gettime(watch->watched, &used);
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

// By processor time: on a busy machine the simulation may not have had a chance to hear.
static void on_look(uv_timer_t *timer)
{
    struct host_watch *watch = timer->data;

    if (cpu_ms(watch) - watch->asked_cpu_ms >= GRACE_CPU_MS ||
        uv_now(&watch->loop) - watch->asked_ms >= GRACE_MS)
        end_program(watch);
}

static void request_stop(struct host_watch *watch, enum host_stop cause)
{
    if (atomic_load(&watch->cause) != HOST_GOES_ON)
        return;
    atomic_store(&watch->cause, cause);
    if (watch->end == HOST_ENDS_AT_ONCE)
        end_program(watch);
    watch->asked_cpu_ms = cpu_ms(watch);
    watch->asked_ms = uv_now(&watch->loop);
    watch->stop_request = 1;
    if (!atomic_load(&watch->relaxed))
        (void)uv_timer_start(&watch->grace, on_look, LOOK_MS, LOOK_MS);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct host_watch *watch = handle->data;

    if (number == SIGINT && ++watch->interrupt_count > 1)
        end_program(watch);
    request_stop(watch, HOST_INTERRUPTED);
}

static void on_timeout(uv_timer_t *timer)
{
    request_stop(timer->data, HOST_TIMED_OUT);
}

static void on_tick(uv_timer_t *timer)
{
    struct host_watch *watch = timer->data;

    atomic_store(&watch->ticked, true);
}

static void on_wake(uv_async_t *wake)
{
    struct host_watch *watch = wake->data;

    if (atomic_load(&watch->relaxed)) {
        (void)uv_timer_stop(&watch->watchdog);
        (void)uv_timer_stop(&watch->grace);
    }
    if (atomic_load(&watch->ending))
        loop_close_handles(&watch->loop);
}

static sigset_t stop_signals(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    return signals;
}

static void watch_thread(void *argument)
{
    struct host_watch *watch = argument;
    sigset_t signals = stop_signals();

    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    (void)uv_run(&watch->loop, UV_RUN_DEFAULT);
}

// libuv fails here only when the host has no descriptors left for the loop; everything
// after the loop and the async handle cannot fail.
static int watch_init(struct host_watch *watch, double timeout_seconds)
{
    uv_loop_t *loop = &watch->loop;
    int result = uv_async_init(loop, &watch->wake, on_wake);

    if (result != 0)
        return result;
    (void)uv_signal_init(loop, &watch->interrupt);
    (void)uv_signal_init(loop, &watch->terminate);
    (void)uv_timer_init(loop, &watch->watchdog);
    (void)uv_timer_init(loop, &watch->grace);
    (void)uv_timer_init(loop, &watch->ticker);
    watch->wake.data = watch->interrupt.data = watch->terminate.data = watch;
    watch->watchdog.data = watch->grace.data = watch->ticker.data = watch;
    if (timeout_seconds > 0)
        (void)uv_timer_start(&watch->watchdog, on_timeout, (uint64_t)(timeout_seconds * 1000), 0);
    (void)uv_timer_start(&watch->ticker, on_tick, TICK_MS, TICK_MS);
    result = uv_signal_start(&watch->interrupt, on_signal, SIGINT);
    return result != 0 ? result : uv_signal_start(&watch->terminate, on_signal, SIGTERM);
}

struct host_watch *host_watch_start(enum host_end end, double timeout_seconds,
                                    const char *last_words, struct message *error)
{
    struct host_watch *watch = allocate(1, sizeof *watch);
    sigset_t signals = stop_signals();
    int result = uv_loop_init(&watch->loop);

    watch->end = end;
    watch->last_words = last_words;
    (void)pthread_getcpuclockid(pthread_self(), &watch->watched);
    // The thread alone takes these signals: a handler must never run on the small stack
    // of a simulated process.
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (result == 0) {
        result = watch_init(watch, timeout_seconds);
        if (result == 0)
            result = uv_thread_create(&watch->thread, watch_thread, watch);
        if (result != 0)
            loop_close(&watch->loop);
    }
    if (result == 0)
        return watch;
    message_set(error, "cannot watch for Ctrl-C: %s", uv_strerror(result));
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    free(watch);
    return NULL;
}

const volatile int *host_watch_stop_request(const struct host_watch *watch)
{
    return &watch->stop_request;
}

enum host_stop host_watch_cause(const struct host_watch *watch)
{
    return (enum host_stop)atomic_load(&watch->cause);
}

void host_watch_request_stop(struct host_watch *watch)
{
    watch->stop_request = 1;
}

bool host_watch_tick(struct host_watch *watch)
{
    return atomic_load_explicit(&watch->ticked, memory_order_relaxed) &&
           atomic_exchange(&watch->ticked, false);
}

void host_watch_relax(struct host_watch *watch)
{
    atomic_store(&watch->relaxed, true);
    (void)uv_async_send(&watch->wake);
}

void host_watch_end(struct host_watch *watch)
{
    if (!watch)
        return;
    atomic_store(&watch->ending, true);
    (void)uv_async_send(&watch->wake);
    (void)uv_thread_join(&watch->thread);
    loop_close(&watch->loop);
    free(watch);
}
