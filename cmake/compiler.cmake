# SPDX-License-Identifier: Apache-2.0 OR MIT
# What every file of the project is compiled with.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

# No NDEBUG: an assert is our own mistake and stops at once, in a release too.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_MINSIZEREL "-Os")

add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla
    # snprintf is called because it cuts what is too long.
    $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
    # The same bytes on every host: no fused multiply-add, no path of this machine.
    -ffp-contract=off
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(IPCSIM_SANITIZE)
    add_compile_options(-fsanitize=${IPCSIM_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${IPCSIM_SANITIZE})
endif()

# A round trip runs through many small functions of three libraries, so that the program of a
# release is optimized across files, which makes it a quarter faster. Objects hold machine code
# besides: tests, and tools that know nothing else, take that. Clang has no such objects here.
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    set(across_files $<BOOL:$<TARGET_PROPERTY:INTERPROCEDURAL_OPTIMIZATION_RELEASE>>)
    add_compile_options($<$<CONFIG:Release>:-flto=auto> $<$<CONFIG:Release>:-ffat-lto-objects>)
    add_link_options($<$<CONFIG:Release>:$<IF:${across_files},-flto=auto,-fno-lto>>)
endif()
