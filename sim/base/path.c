// SPDX-License-Identifier: Apache-2.0 OR MIT
// realpath is of X/Open.
#define _XOPEN_SOURCE 700
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "allocate.h"

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    return allocate_text(path, (size_t)(path_base(path) - path));
}

char *path_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 1;
    char *path = allocate(size, 1);

    snprintf(path, size, "%s%s", folder, name);
    return path;
}

char *path_real(const char *path)
{
    return realpath(path, NULL);
}

bool path_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool path_is_absent(const char *path)
{
    struct stat status;

    return stat(path, &status) != 0 && errno == ENOENT;
}

bool path_is_same(const char *a, const char *b)
{
    struct stat status_of_a;
    struct stat status_of_b;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &status_of_a) == 0 && stat(b, &status_of_b) == 0 &&
           status_of_a.st_dev == status_of_b.st_dev && status_of_a.st_ino == status_of_b.st_ino;
}
