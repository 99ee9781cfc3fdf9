// SPDX-License-Identifier: Apache-2.0 OR MIT
// One sentence for a person: what is wrong, and what to do.
#pragma once

struct message {
    char text[1024];
};

// Formats as printf does; too long a text is cut.
__attribute__((format(printf, 2, 3))) void message_set(struct message *message, const char *format,
                                                       ...);
