// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fit_ask.h"

#include <stdio.h>
#include <stdlib.h>

#include "../base/allocate.h"
#include "../host/watch.h"
#include "../lua/scenario.h"
#include "../session/opening.h"
#include "../session/options.h"
#include "fit_question.h"
#include "fit_scenario.h"

// ---- buffers of the command line

struct questions {
    struct fit_question *list;
    size_t count;
};

static bool read_questions(const struct options *options, struct questions *questions,
                           struct message *error)
{
    size_t buffers = 0;

    questions->list = allocate(options->operand_count, sizeof *questions->list);
    for (size_t i = 0; i < options->operand_count; i++) {
        struct fit_question *question = &questions->list[questions->count++];

        if (!fit_question_read(options->operands[i], question, error))
            return false;
        buffers += question->count;
        if (buffers > FIT_MOST_BUFFERS) {
            message_set(error, "more than %d buffers", FIT_MOST_BUFFERS);
            return false;
        }
    }
    return true;
}

// A row for each buffer, without its place.
static void add_rows(struct fit_sheet *sheet, const struct questions *questions)
{
    size_t count = 0;

    for (size_t i = 0; i < questions->count; i++)
        count += questions->list[i].count;
    sheet->rows = allocate(count, sizeof *sheet->rows);
    for (size_t i = 0; i < questions->count; i++) {
        const struct fit_question *question = &questions->list[i];

        for (uint32_t n = 0; n < question->count; n++) {
            struct fit_row *row = &sheet->rows[sheet->count++];

            row->alignment = question->place == FIT_AT_ALIGNED ? question->value : 0;
            snprintf(row->label, sizeof row->label, "%s", question->label);
        }
    }
}

// The buffer with an address of its own that this one touches, NULL: none.
static const struct fit_buffer *find_touched(const struct fit_sheet *sheet,
                                             const struct fit_buffer *buffer)
{
    for (size_t i = 0; i < sheet->count; i++) {
        const struct fit_buffer *other = &sheet->rows[i].buffer;

        if (sheet->rows[i].alignment == 0 && buffer->start < (uint64_t)other->start + other->size &&
            other->start < (uint64_t)buffer->start + buffer->size)
            return other;
    }
    return NULL;
}

// One that may be anywhere keeps clear of those that have an address.
static bool place_row(struct fit_sheet *sheet, struct fit_row *row,
                      const struct fit_question *question, uint64_t *next, struct message *error)
{
    const struct fit_buffer *touched;

    do {
        if (!fit_question_place(question, &sheet->fit, next, &row->buffer, error))
            return false;
        touched = row->alignment > 0 ? find_touched(sheet, &row->buffer) : NULL;
        if (touched)
            *next = (uint64_t)touched->start + touched->size;
    } while (touched);
    return true;
}

static bool place_those(struct fit_sheet *sheet, const struct questions *questions,
                        bool with_address, struct message *error)
{
    uint64_t next = fit_first_place(&sheet->fit);
    struct fit_row *row = sheet->rows;

    for (size_t i = 0; i < questions->count; i++)
        for (uint32_t n = 0; n < questions->list[i].count; n++, row++)
            if ((row->alignment == 0) == with_address &&
                !place_row(sheet, row, &questions->list[i], &next, error))
                return false;
    return true;
}

static bool place_questions(struct fit_sheet *sheet, const struct questions *questions,
                            struct message *error)
{
    add_rows(sheet, questions);
    return place_those(sheet, questions, true, error) &&
           place_those(sheet, questions, false, error);
}

// Takes a receiver that none of the buffers touches.
static bool make_way(struct fit_sheet *sheet, struct message *error)
{
    struct fit_buffer *buffers = allocate(sheet->count, sizeof *buffers);

    for (size_t i = 0; i < sheet->count; i++)
        buffers[i] = sheet->rows[i].buffer;
    bool has_way = fit_choose_receiver(&sheet->fit, buffers, sheet->count);
    free(buffers);
    if (!has_way)
        message_set(error, "%s: the buffers leave no room for the process that gets them",
                    sheet->fit.board.name);
    return has_way;
}

static enum exit_status ask_board(struct fit_answers *answers, const struct questions *questions,
                                  const struct board *board, struct message *error)
{
    struct fit_sheet *sheet = fit_answers_add(answers);
    enum fit_result result = fit_load(&sheet->fit, board);

    if (result != FIT_READY) {
        message_set(error, "%s: %s", board->name, fit_result_text(result));
        return result == FIT_NO_HOST ? STATUS_HOST : STATUS_USAGE;
    }
    if (!place_questions(sheet, questions, error) || !make_way(sheet, error))
        return STATUS_USAGE;
    fit_sheet_ask(sheet);
    return STATUS_PASSED;
}

static enum exit_status ask_named(struct fit_answers *answers, const struct options *options,
                                  const struct questions *questions, struct message *error)
{
    enum exit_status status = STATUS_PASSED;

    for (size_t i = 0; i < options->board_count && status == STATUS_PASSED; i++)
        status = ask_board(answers, questions, options->boards[i], error);
    return status;
}

static enum exit_status ask_built_in(struct fit_answers *answers, const struct questions *questions,
                                     struct message *error)
{
    enum exit_status status = STATUS_PASSED;
    size_t count;
    const struct board *boards = board_list(&count);

    for (size_t i = 0; i < count && status == STATUS_PASSED; i++)
        status = ask_board(answers, questions, &boards[i], error);
    return status;
}

static bool is_about_running(const struct options *options)
{
    const struct run_request *request = &options->request;

    return options->setting_count > 0 || request->sched || request->fault ||
           request->num_procs > 0 || request->until_us > 0 || request->seed > 0 ||
           options->timeout_seconds > 0;
}

enum exit_status fit_ask_buffers(struct fit_answers *answers, const struct options *options,
                                 struct message *error)
{
    struct questions questions = {.list = NULL};
    enum exit_status status = STATUS_USAGE;

    if (is_about_running(options))
        message_set(error, "buffers of the command line do not run: of the options, --board and "
                           "--json are for them; the others are for a scenario");
    else if (read_questions(options, &questions, error))
        status = options->board_count > 0 ? ask_named(answers, options, &questions, error)
                                          : ask_built_in(answers, &questions, error);
    free(questions.list);
    return status;
}

// ---- buffers of a scenario

static enum exit_status ask_run(struct fit_answers *answers, const struct scenario *scenario,
                                const struct run_request *request, struct host_watch *watch,
                                struct message *error)
{
    struct fit_shares shares;
    enum exit_status status = STATUS_PASSED;

    if (!fit_run_scenario(&shares, scenario, request, host_watch_stop_request(watch), &status,
                          error))
        return status;
    if (host_watch_cause(watch) != HOST_GOES_ON) {
        message_set(error, "%s: stopped before its end", scenario->path);
        fit_free_shares(&shares);
        return host_watch_cause(watch) == HOST_TIMED_OUT ? STATUS_BOUND : STATUS_INTERRUPTED;
    }
    for (size_t i = 0; i < shares.count; i++) {
        struct fit_sheet *sheet = fit_answers_add(answers);

        *sheet = shares.sheets[i];
        shares.sheets[i].rows = NULL; // they are the answers' now
        fit_sheet_ask(sheet);
    }
    fit_free_shares(&shares);
    return STATUS_PASSED;
}

static enum exit_status ask_runs(struct fit_answers *answers, const struct options *options,
                                 const struct scenario *scenario, struct host_watch *watch,
                                 struct message *error)
{
    struct run_request request = options->request;
    enum exit_status status = STATUS_PASSED;

    if (options->board_count == 0)
        return ask_run(answers, scenario, &request, watch, error);
    for (size_t i = 0; i < options->board_count && status == STATUS_PASSED; i++) {
        request.board = options->boards[i];
        status = ask_run(answers, scenario, &request, watch, error);
    }
    return status;
}

enum exit_status fit_ask_scenario(struct fit_answers *answers, const struct options *options,
                                  struct message *error)
{
    struct scenario *scenario = opening_scenario(options, options->operands[0], error);
    struct host_watch *watch = NULL;
    enum exit_status status = STATUS_USAGE;

    if (scenario) {
        watch = host_watch_start(HOST_STOPS_FIRST, options->timeout_seconds,
                                 "ipcsim fit: did not stop when asked to; ended by force\n", error);
        status = !watch ? STATUS_HOST : ask_runs(answers, options, scenario, watch, error);
    }
    if (status == STATUS_PASSED && answers->count == 0) {
        message_set(error, "%s: no process shares a buffer in this scenario", scenario->path);
        status = STATUS_USAGE;
    }
    host_watch_end(watch);
    scenario_close(scenario);
    return status;
}
