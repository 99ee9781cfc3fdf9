// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "watch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include "../base/allocate.h"
#include "../base/status.h"

enum { GRACE_MS = 6000, TICK_MS = 200 };

void host_prepare(void)
{
    // A descriptor that was closed gets one that refuses what it is used for.
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    (void)signal(SIGPIPE, SIG_IGN);
}

void host_end_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

bool host_is_ci(void)
{
    const char *ci = getenv("CI");

    return ci != NULL && ci[0] != '\0' && strcmp(ci, "0") != 0 && strcmp(ci, "false") != 0;
}

uint64_t host_clock_us(void)
{
    return uv_hrtime() / 1000;
}

// --- Watching

struct host_watch {
    uv_loop_t loop;
    uv_thread_t thread;
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

// The simulation does not hear: it hangs in something that takes no simulated time.
static void on_grace_over(uv_timer_t *timer)
{
    struct host_watch *watch = timer->data;

    // Not stdio, whose locks the simulation may hold.
    if (write(STDERR_FILENO, watch->last_words, strlen(watch->last_words)) < 0) {
        // Nobody to tell.
    }
    _exit(status_of((enum host_stop)atomic_load(&watch->cause)));
}

static void request_stop(struct host_watch *watch, enum host_stop cause)
{
    if (atomic_load(&watch->cause) != HOST_GOES_ON)
        return;
    atomic_store(&watch->cause, cause);
    watch->stop_request = 1;
    if (!atomic_load(&watch->relaxed))
        (void)uv_timer_start(&watch->grace, on_grace_over, GRACE_MS, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct host_watch *watch = handle->data;

    if (number == SIGINT && ++watch->interrupt_count > 1)
        _exit(STATUS_INTERRUPTED);
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

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_wake(uv_async_t *wake)
{
    struct host_watch *watch = wake->data;

    if (atomic_load(&watch->relaxed)) {
        (void)uv_timer_stop(&watch->watchdog);
        (void)uv_timer_stop(&watch->grace);
    }
    if (atomic_load(&watch->ending))
        uv_walk(&watch->loop, close_handle, NULL);
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

// Closes the loop of a thread that has ended, or never began.
static void close_loop(uv_loop_t *loop)
{
    uv_walk(loop, close_handle, NULL);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(loop);
    assert(result == 0);
    (void)result;
}

struct host_watch *host_watch_start(double timeout_seconds, const char *last_words,
                                    struct message *error)
{
    struct host_watch *watch = allocate(1, sizeof *watch);
    sigset_t signals = stop_signals();
    int result = uv_loop_init(&watch->loop);

    watch->last_words = last_words;
    // The thread alone takes these signals: a handler must never run on the small stack
    // of a simulated process.
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (result == 0) {
        result = watch_init(watch, timeout_seconds);
        if (result == 0)
            result = uv_thread_create(&watch->thread, watch_thread, watch);
        if (result != 0)
            close_loop(&watch->loop);
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
    if (watch == NULL)
        return;
    atomic_store(&watch->ending, true);
    (void)uv_async_send(&watch->wake);
    (void)uv_thread_join(&watch->thread);
    close_loop(&watch->loop);
    free(watch);
}

// --- Workers

enum { STREAMS = 2, READ_BYTES = 65536 };

// Output of a worker that is not to be shown yet.
struct held {
    char *bytes;
    size_t length;
    size_t capacity;
};

struct pool_state;

struct worker {
    struct pool_state *pool;
    size_t n;
    uv_process_t process;
    uv_pipe_t pipes[STREAMS];
    struct held held[STREAMS];
    unsigned open_handles; // 0: it has ended, and all of its output is here
    struct host_exit how;
};

struct pool_state {
    const struct host_pool *plan;
    uv_loop_t loop;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    struct worker *workers;
    size_t started;
    size_t running;
    size_t shown; // workers whose end the caller knows
    unsigned interrupt_count;
    bool stopping; // start no more
    enum host_stop stop;
    char buffer[READ_BYTES];
};

static void pump(struct pool_state *pool);

static void stop_all(struct pool_state *pool, int number)
{
    pool->stopping = true;
    for (size_t n = 0; n < pool->started; n++) {
        struct worker *worker = &pool->workers[n];

        if (uv_is_active((uv_handle_t *)&worker->process))
            (void)uv_process_kill(&worker->process, number);
    }
}

static void show(struct worker *worker, enum host_stream stream, const char *bytes, size_t length)
{
    const struct host_pool *plan = worker->pool->plan;

    if (length > 0 && !plan->output(plan->context, worker->n, stream, bytes, length))
        stop_all(worker->pool, SIGTERM);
}

static void hold(struct held *held, const char *bytes, size_t length)
{
    if (held->length + length > held->capacity) {
        held->capacity = 2 * (held->length + length);
        held->bytes = allocate_again(held->bytes, held->capacity);
    }
    memcpy(held->bytes + held->length, bytes, length);
    held->length += length;
}

static void show_held(struct worker *worker, enum host_stream stream)
{
    struct held *held = &worker->held[stream];

    show(worker, stream, held->bytes, held->length);
    free(held->bytes);
    *held = (struct held){0};
}

static void on_worker_handle_closed(uv_handle_t *handle)
{
    struct worker *worker = handle->data;

    if (--worker->open_handles == 0) {
        worker->pool->running--;
        pump(worker->pool);
    }
}

static void on_exit_of_worker(uv_process_t *process, int64_t status, int number)
{
    struct worker *worker = process->data;

    worker->how = (struct host_exit){
        .status = (int)status, .signal = number, .was_asked = worker->pool->stopping};
    uv_close((uv_handle_t *)process, on_worker_handle_closed);
}

// One read at a time: the pool has one buffer.
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct worker *worker = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(worker->pool->buffer, READ_BYTES);
}

// Results are shown as they come; words for people at the end, so that one file for
// both always reads the same.
static void on_read(uv_stream_t *pipe, ssize_t length, const uv_buf_t *buffer)
{
    struct worker *worker = pipe->data;
    bool is_result = pipe == (uv_stream_t *)&worker->pipes[HOST_STDOUT];
    enum host_stream stream = is_result ? HOST_STDOUT : HOST_STDERR;

    if (length < 0)
        uv_close((uv_handle_t *)pipe, on_worker_handle_closed);
    else if (is_result && worker->n == worker->pool->shown)
        show(worker, stream, buffer->base, (size_t)length);
    else
        hold(&worker->held[stream], buffer->base, (size_t)length);
}

static void open_pipes(struct worker *worker, uv_stdio_container_t stdio[3])
{
    stdio[0] = (uv_stdio_container_t){.flags = UV_IGNORE};
    for (int stream = 0; stream < STREAMS; stream++) {
        uv_pipe_t *pipe = &worker->pipes[stream];

        (void)uv_pipe_init(&worker->pool->loop, pipe, 0);
        pipe->data = worker;
        stdio[stream + 1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
        stdio[stream + 1].data.stream = (uv_stream_t *)pipe;
    }
}

// Starts one. If the host cannot, that is how this worker ends.
static void start(struct pool_state *pool)
{
    struct worker *worker = &pool->workers[pool->started];
    uv_stdio_container_t stdio[3];
    char **arguments = pool->plan->arguments(pool->plan->context, pool->started);
    uv_process_options_t options = {.file = "/proc/self/exe",
                                    .args = arguments,
                                    .exit_cb = on_exit_of_worker,
                                    .stdio = stdio,
                                    .stdio_count = 3};

    *worker = (struct worker){.pool = pool, .n = pool->started};
    worker->open_handles = 1 + STREAMS;
    worker->process.data = worker;
    open_pipes(worker, stdio);
    pool->started++;
    pool->running++;
    int result = uv_spawn(&pool->loop, &worker->process, &options);
    free(arguments);
    if (result != 0) {
        worker->how.error = uv_strerror(result);
        uv_close((uv_handle_t *)&worker->process, on_worker_handle_closed);
        for (int stream = 0; stream < STREAMS; stream++)
            uv_close((uv_handle_t *)&worker->pipes[stream], on_worker_handle_closed);
        return;
    }
    for (int stream = 0; stream < STREAMS; stream++)
        (void)uv_read_start((uv_stream_t *)&worker->pipes[stream], on_allocate, on_read);
    if (pool->plan->started != NULL)
        pool->plan->started(pool->plan->context, worker->n);
}

// Shows what is complete, in order, then starts what there is room for.
static void pump(struct pool_state *pool)
{
    const struct host_pool *plan = pool->plan;

    while (pool->shown < pool->started && pool->workers[pool->shown].open_handles == 0) {
        struct worker *worker = &pool->workers[pool->shown];

        show_held(worker, HOST_STDOUT);
        show_held(worker, HOST_STDERR);
        if (!plan->ended(plan->context, worker->n, &worker->how))
            stop_all(pool, SIGTERM);
        pool->shown++;
        if (pool->shown < pool->started)
            show_held(&pool->workers[pool->shown], HOST_STDOUT);
    }
    while (!pool->stopping && pool->running < plan->at_once && pool->started < plan->count)
        start(pool);
}

// Workers in the same terminal have had a Ctrl-C too; SIGTERM does not count twice.
static void on_pool_signal(uv_signal_t *handle, int number)
{
    struct pool_state *pool = handle->data;

    pool->stop = HOST_INTERRUPTED;
    if (number == SIGINT)
        pool->interrupt_count++;
    stop_all(pool, pool->interrupt_count > 1 ? SIGKILL : SIGTERM);
}

static int pool_init(struct pool_state *pool)
{
    int result = uv_signal_init(&pool->loop, &pool->interrupt);

    if (result != 0)
        return result;
    (void)uv_signal_init(&pool->loop, &pool->terminate);
    pool->interrupt.data = pool->terminate.data = pool;
    result = uv_signal_start(&pool->interrupt, on_pool_signal, SIGINT);
    if (result == 0)
        result = uv_signal_start(&pool->terminate, on_pool_signal, SIGTERM);
    // They alone do not keep the loop alive.
    uv_unref((uv_handle_t *)&pool->interrupt);
    uv_unref((uv_handle_t *)&pool->terminate);
    return result;
}

bool host_run_pool(const struct host_pool *plan, enum host_stop *stop, struct message *error)
{
    struct pool_state *pool = allocate(1, sizeof *pool);
    int result = uv_loop_init(&pool->loop);

    pool->plan = plan;
    pool->workers = allocate(plan->count, sizeof *pool->workers);
    if (result == 0) {
        result = pool_init(pool);
        if (result == 0) {
            pump(pool);
            (void)uv_run(&pool->loop, UV_RUN_DEFAULT);
        }
        close_loop(&pool->loop);
    }
    if (result != 0)
        message_set(error, "cannot run workers: %s", uv_strerror(result));
    *stop = pool->stop;
    free(pool->workers);
    free(pool);
    return result == 0;
}

const char *host_signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
                 {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},   {SIGKILL, "SIGKILL"},
                 {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"},   {SIGXCPU, "SIGXCPU"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == number)
            return names[i].name;
    return "a signal";
}

// --- The terminal

bool host_is_terminal(int descriptor)
{
    return uv_guess_handle(descriptor) == UV_TTY;
}

// Not uv_tty_init, which would make the terminal non-blocking for everybody.
int host_terminal_width(int descriptor)
{
    struct winsize size;

    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}
