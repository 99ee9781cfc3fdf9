// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "opening.h"

#include <stdlib.h>

#include "../base/text_stream.h"
#include "../host/watch.h"
#include "../lua/scenario.h"
#include "option_print.h"
#include "options.h"

static char *last_words(const struct options *options, const char *path)
{
    struct text_stream stream;
    FILE *text = text_stream_open(&stream);

    fprintf(text, "%s: ended by force while its top level ran\nreplay: ", path);
    options_print_replay(text, options, path);
    return text_stream_close(&stream);
}

struct scenario *opening_scenario(const struct options *options, const char *path,
                                  struct message *error)
{
    char *words = last_words(options, path);
    // Without one it goes as well: signals then do what they do to any program.
    struct host_watch *watch =
        host_watch_start(HOST_ENDS_AT_ONCE, options->timeout_seconds, words, error);
    struct scenario *scenario =
        scenario_open(path, options->settings, options->setting_count, error);

    host_watch_end(watch);
    free(words);
    return scenario;
}
