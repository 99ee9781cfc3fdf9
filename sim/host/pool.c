// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "pool.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "../base/allocate.h"
#include "../base/bytes.h"
#include "../base/count_of.h"
#include "environment.h"
#include "loop.h"

enum { STREAMS = 2, READ_BYTES = 65536 };

struct pool_state;

struct worker {
    struct pool_state *pool;
    size_t n;
    uv_process_t process;
    uv_pipe_t pipes[STREAMS];
    struct bytes held[STREAMS]; // output that is not to be shown yet
    unsigned open_handles;      // 0: it has ended, and all of its output is here
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
    bool was_interrupted;
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

static void show_held(struct worker *worker, enum host_stream stream)
{
    struct bytes *held = &worker->held[stream];

    show(worker, stream, held->start, held->length);
    bytes_free(held);
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
        bytes_add(&worker->held[stream], buffer->base, (size_t)length);
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
    uv_process_options_t options = {.file = host_program_file(),
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
    if (pool->plan->started)
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

    pool->was_interrupted = true;
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

bool host_run_pool(const struct host_pool *plan, bool *was_interrupted, struct message *error)
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
        loop_close(&pool->loop);
    }
    if (result != 0)
        message_set(error, "cannot run workers: %s", uv_strerror(result));
    *was_interrupted = pool->was_interrupted;
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

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].number == number)
            return names[i].name;
    return "a signal";
}
