// SPDX-License-Identifier: Apache-2.0 OR MIT
// ipcsim vector: what the kernel does with scripted kernel vectors.
#include <stdio.h>

#include "../host/output.h"
#include "../session/command.h"
#include "../session/options.h"
#include "../vector/vector.h"
#include "../vector/vector_world.h"

static void complain(const char *path, const char *text)
{
    fprintf(stderr, "ipcsim: %s: %s\n", path, text);
}

static enum exit_status run_vector(const char *path, const struct vector *vector, FILE *out)
{
    static const char *const texts[] = {
#define X(NAME, text) text,
        WORLD_RESULTS(X)
#undef X
    };
    enum world_result result = vector_trace(vector, out);

    if (result == WORLD_OK)
        return STATUS_PASSED;
    complain(path, texts[result]);
    return STATUS_HOST;
}

static enum exit_status run_file(const char *path, bool is_one_of_several, FILE *out)
{
    struct message error;
    struct vector *vector = vector_open(path, &error);
    enum exit_status status;

    if (!vector) {
        fprintf(stderr, "ipcsim: %s\n", error.text);
        return STATUS_USAGE;
    }
    if (is_one_of_several)
        fprintf(out, "# %s\n", path);
    status = run_vector(path, vector, out);
    vector_close(vector);
    return status;
}

static enum exit_status run(const struct options *options, struct output *output)
{
    enum exit_status status = STATUS_PASSED;

    if (options->operand_count == 0) {
        fprintf(stderr, "ipcsim: say which vectors to run: ipcsim vector FILE.scn...\n");
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < options->operand_count && !output_failed(output); i++)
        status = status_worse(
            status, run_file(options->operands[i], options->operand_count > 1, output->file));
    return output_flush(output) ? status : STATUS_HOST;
}

static const struct status_text statuses[] = {
    {STATUS_PASSED, "all of them ran"},
    {STATUS_USAGE, "asked wrongly, or a file that is no vector"},
    {STATUS_HOST, "the host failed: no memory, or the trace cannot be written"},
    {STATUS_PASSED, NULL},
};

const struct command cmd_vector = {
    .name = "vector",
    .operands = "FILE.scn...",
    .about = "what the kernel does with scripted kernel vectors",
    .details = "Prints one JSON line per event of each vector, as the real kernel's own\n"
               "traces have them. With several files, a line `# FILE` stands before each trace.\n",
    .statuses = statuses,
    .run = run,
};
