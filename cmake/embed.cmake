# SPDX-License-Identifier: Apache-2.0 OR MIT
# Turns a file into C: `const char NAME[]`, its bytes and a 0 behind them, and
# `const size_t NAME_size`, without that 0.
#
#   cmake -DINPUT=schema.sql -DOUTPUT=schema_sql.c -DNAME=schema_sql -P embed.cmake
cmake_minimum_required(VERSION 3.25)

foreach(variable INPUT OUTPUT NAME)
    if(NOT DEFINED ${variable})
        message(FATAL_ERROR "embed.cmake: say -D${variable}=...")
    endif()
endforeach()

file(READ ${INPUT} bytes HEX)
file(SIZE ${INPUT} size)
# Character constants, as bytes from 0x80 on are negative where char is signed. 16 a line.
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
string(REPEAT "......." 16 line)
string(REGEX REPLACE "(${line})" "\\1\n    " bytes "${bytes}")

get_filename_component(input ${INPUT} NAME)
file(WRITE ${OUTPUT} "// Made from ${input} by embed.cmake.
#include <stddef.h>

extern const char ${NAME}[];
extern const size_t ${NAME}_size;

const size_t ${NAME}_size = ${size};
const char ${NAME}[] = {
    ${bytes}0,
};
")
