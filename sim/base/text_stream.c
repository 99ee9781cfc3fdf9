// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "text_stream.h"

#include "allocate.h"

FILE *text_stream_open(struct text_stream *stream)
{
    stream->text = NULL;
    stream->out = open_memstream(&stream->text, &stream->size);
    if (!stream->out)
        allocate_failed();
    return stream->out;
}

// Nothing but a lack of memory keeps text from being written.
char *text_stream_close(struct text_stream *stream)
{
    if (ferror(stream->out) || fclose(stream->out) != 0)
        allocate_failed();
    return stream->text;
}
