// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocate.h"
#include "path.h"

static void say_why(struct message *why)
{
    message_set(why, "%s", strerror(errno));
}

// ---- reading

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char *read_bytes(FILE *file, size_t most, size_t *size)
{
    char *bytes = allocate(1, 1);
    size_t more;

    *size = 0;
    do {
        size_t room = least(most - *size, *size > BUFSIZ ? *size : BUFSIZ);

        bytes = allocate_again(bytes, *size + room + 1);
        more = fread(bytes + *size, 1, room, file);
        *size += more;
    } while (more > 0);
    bytes[*size] = '\0';
    return bytes;
}

char *file_read(const char *path, size_t most, size_t *size, struct message *why)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0;
    char *bytes = NULL;

    if (!file) {
        say_why(why);
        return NULL;
    }
    bytes = read_bytes(file, most, &length);
    if (ferror(file)) {
        say_why(why);
        free(bytes);
        bytes = NULL;
    }
    (void)fclose(file);
    if (size)
        *size = length;
    return bytes;
}

// ---- replacing

static bool write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    bool is_written;

    if (!file)
        return false;
    is_written = fputs(text, file) >= 0;
    return fclose(file) == 0 && is_written;
}

// Sets errno.
static bool replace(const char *path, const char *text)
{
    size_t size = strlen(path) + 32;
    char *fresh = allocate(size, 1);
    bool is_done;
    int number;

    snprintf(fresh, size, "%s.%ld.new", path, (long)getpid());
    is_done = write_text(fresh, text) && rename(fresh, path) == 0;
    number = errno;
    if (!is_done)
        (void)unlink(fresh);
    free(fresh);
    errno = number;
    return is_done;
}

// What may be replaced: a file that may be written, or nothing at all. Sets errno.
static bool is_replaceable(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return errno == ENOENT;
    if (!S_ISREG(status.st_mode)) {
        errno = EEXIST;
        return false;
    }
    return access(path, W_OK) == 0;
}

bool file_replace(const char *path, const char *text, struct message *why)
{
    char *target = path_real(path); // a link stays one
    bool is_done = is_replaceable(path) && replace(target ? target : path, text);

    if (!is_done)
        say_why(why);
    free(target);
    return is_done;
}
