// SPDX-License-Identifier: Apache-2.0 OR MIT
// A script's file, whatever the script is for: reading it, calling into it.
#pragma once

#include "lua_host.h"

// Reads the script at `path`, which is a `kind` ("scenario"). NULL, with `error` set as
// "path: why": it cannot be read, or is no text. Nothing is compiled yet.
struct program *program_open(const char *path, const char *kind, struct message *error);
void program_close(struct program *program);

// Sets short_name.
void program_find_short_name(lua_State *L, struct program *program);

// Line `number`, from 1 on, without its end; nothing if there are fewer.
const char *program_line(const struct program *program, uint32_t number, size_t *length);

// Message handler for lua_pcall: what the compiler says, with position, as a syntax error.
int script_explain_syntax(lua_State *L);

// Calls `function` with `argument`, a light userdata; errors go through `handler`. False, with
// `error` set as "path:line: sentence": it raised one.
bool script_call(lua_State *L, lua_CFunction function, void *argument, lua_CFunction handler,
                 struct message *error);

// Of the names that the table at `index` has as keys, the first of the alphabet that is none
// of the `count` in `names`; NULL: all of them are. Borrowed from the table.
const char *script_unknown_key(lua_State *L, int index, const char *const *names, size_t count);
