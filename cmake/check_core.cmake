# SPDX-License-Identifier: Apache-2.0 OR MIT
# Fails unless the core archive can be flashed as it is: it calls nothing but itself, its port and
# mem*, and it has no memory of its own (all state hangs off pointers that it is given).
#
#   cmake -DARCHIVE=libcore.a -DLD=ld -DNM=nm -DSIZE=size -P check_core.cmake
cmake_minimum_required(VERSION 3.25)

set(image ${ARCHIVE}.o)
# What a hosted compiler adds by itself is no call of core's.
set(allowed "^(port_[a-z_]+|memcpy|memmove|memset|memcmp|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$")

function(run result)
    execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "\n$" "" output "${output}")
    set(${result} "${output}" PARENT_SCOPE)
endfunction()

run(ignored ${LD} -r --whole-archive ${ARCHIVE} -o ${image})

run(undefined ${NM} --undefined-only --format=just-symbols ${image})
string(REPLACE "\n" ";" undefined "${undefined}")
list(FILTER undefined EXCLUDE REGEX ${allowed})
if(undefined)
    message(FATAL_ERROR "core calls what a chip does not have: ${undefined}")
endif()

# .data.rel.ro is constant: pointers that a hosted program's loader fills in.
run(sections ${SIZE} -A ${image})
string(REGEX MATCHALL "\n\\.t?(data|bss)[^ ]* +[1-9][0-9]*" memory "\n${sections}")
list(FILTER memory EXCLUDE REGEX "^\n\\.data\\.rel\\.ro")
if(memory)
    message(FATAL_ERROR "core has memory of its own:${memory}")
endif()

run(size ${SIZE} ${image})
message(NOTICE "${size}")
