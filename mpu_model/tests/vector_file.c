// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "vector_file.h"

#include <errno.h>
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, TEXT_BYTES_MAX = 1024 * 1024 * 1024 };

static bool fail(const struct vector_file *file, const char *what)
{
    fprintf(stderr, "%s: %s\n", file->path, what);
    return false;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t text_length = strlen(text), ending_length = strlen(ending);

    return text_length >= ending_length && strcmp(text + text_length - ending_length, ending) == 0;
}

static bool append(struct vector_file *file, const uint8_t *bytes, size_t count)
{
    if (count == 0)
        return true;
    if (count > TEXT_BYTES_MAX - file->size_bytes)
        return fail(file, "holds more than 1 GiB of text");
    // Room grows by doubling: it is always the power of two from CHUNK_BYTES that holds the text.
    size_t room = CHUNK_BYTES, wanted = CHUNK_BYTES;
    while (room < file->size_bytes)
        room *= 2;
    while (wanted < file->size_bytes + count)
        wanted *= 2;
    if (!file->text || wanted > room) {
        char *grown = realloc(file->text, wanted);
        if (!grown)
            return fail(file, "does not fit into memory");
        file->text = grown;
    }
    memcpy(file->text + file->size_bytes, bytes, count);
    file->size_bytes += count;
    return true;
}

static bool read_plain(struct vector_file *file, FILE *stream)
{
    uint8_t chunk[CHUNK_BYTES];
    size_t count;

    while ((count = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        if (!append(file, chunk, count))
            return false;
    }
    return ferror(stream) ? fail(file, strerror(errno)) : true;
}

static const char *xz_error(lzma_ret result)
{
    switch (result) {
    case LZMA_FORMAT_ERROR:
        return "is not an xz file";
    case LZMA_BUF_ERROR:
        return "ends in the middle of its xz data";
    case LZMA_MEM_ERROR:
        return "needs more memory to be decompressed than there is";
    default:
        return "has damaged xz data";
    }
}

struct xz_reader {
    lzma_stream decoder;
    lzma_action action;
    uint8_t packed[CHUNK_BYTES];
    uint8_t plain[CHUNK_BYTES];
};

static bool refill(struct vector_file *file, FILE *stream, struct xz_reader *reader)
{
    if (reader->decoder.avail_in > 0 || reader->action == LZMA_FINISH)
        return true;
    reader->decoder.next_in = reader->packed;
    reader->decoder.avail_in = fread(reader->packed, 1, sizeof reader->packed, stream);
    if (ferror(stream))
        return fail(file, strerror(errno));
    reader->action = feof(stream) ? LZMA_FINISH : LZMA_RUN;
    return true;
}

static bool decode_xz(struct vector_file *file, FILE *stream, struct xz_reader *reader)
{
    lzma_ret result = LZMA_OK;

    while (result == LZMA_OK) {
        if (!refill(file, stream, reader))
            return false;
        reader->decoder.next_out = reader->plain;
        reader->decoder.avail_out = sizeof reader->plain;
        result = lzma_code(&reader->decoder, reader->action);
        if (!append(file, reader->plain, sizeof reader->plain - reader->decoder.avail_out))
            return false;
    }
    return result == LZMA_STREAM_END ? true : fail(file, xz_error(result));
}

static bool read_xz(struct vector_file *file, FILE *stream)
{
    struct xz_reader reader = {.decoder = LZMA_STREAM_INIT, .action = LZMA_RUN};
    lzma_ret result = lzma_stream_decoder(&reader.decoder, UINT64_MAX, LZMA_CONCATENATED);

    if (result != LZMA_OK)
        return fail(file, xz_error(result));
    bool is_read = decode_xz(file, stream, &reader);
    lzma_end(&reader.decoder);
    return is_read;
}

bool vector_file_open(struct vector_file *file, const char *path)
{
    *file = (struct vector_file){.path = path};

    FILE *stream = fopen(path, "rb");
    if (!stream)
        return fail(file, strerror(errno));
    bool is_read = ends_with(path, ".xz") ? read_xz(file, stream) : read_plain(file, stream);
    fclose(stream);
    if (!is_read)
        vector_file_close(file);
    return is_read;
}

bool vector_file_next_line(struct vector_file *file, const char **line, size_t *length)
{
    if (file->next >= file->size_bytes)
        return false;

    const char *start = file->text + file->next;
    const char *newline = memchr(start, '\n', file->size_bytes - file->next);
    *line = start;
    *length = newline ? (size_t)(newline - start) : file->size_bytes - file->next;
    file->next += *length + 1;
    file->line++;
    return true;
}

void vector_file_close(struct vector_file *file)
{
    free(file->text);
    file->text = NULL;
}
