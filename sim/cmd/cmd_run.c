// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "../session/batch.h"
#include "../session/command.h"
#include "../session/scenario_files.h"
#include "../session/session.h"

// One scenario runs here, under the eyes of whoever asked; several do in workers.
static enum exit_status run_files(const struct options *options, const struct scenario_files *files,
                                  struct output *output)
{
    enum trace_format trace = options->trace;

    if (files->count > 1)
        return batch_run(options, files, output);
    if (trace == TRACE_UNSAID)
        trace = options->is_worker ? TRACE_NONE : TRACE_TEXT;
    return session_run(options, files->paths[0], trace, output);
}

enum exit_status cmd_run(const struct options *options, struct output *output)
{
    struct scenario_files files;
    struct message error;
    enum exit_status status;

    if (options->operand_count == 0)
        return command_refuse("say what to run: ipcsim run FILE|DIR...");
    if (find_scenarios(&files, options->operands, options->operand_count, &error))
        status = run_files(options, &files, output);
    else
        status = command_refuse(error.text);
    find_free(&files);
    return status;
}
