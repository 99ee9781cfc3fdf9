# SPDX-License-Identifier: Apache-2.0 OR MIT
# How a folder's tests are built and run.

if(IPCSIM_TESTS AND NOT CMAKE_SYSTEM_NAME STREQUAL Generic)
    enable_testing()
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
    pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
    pkg_check_modules(liblzma REQUIRED IMPORTED_TARGET liblzma)
endif()

# ipcsim_add_tests(LIBRARY [PROGRAMS name...] [LIBRARIES target...])
#
# Each NAME_test.c in tests/, here or in a room below, is a program of cmocka cases; each of
# PROGRAMS a tests/NAME.c with a main for people to run. Whatever else stands in tests/ is shared
# by them and may use LIBRARIES.
function(ipcsim_add_tests library)
    if(NOT IPCSIM_TESTS OR CMAKE_SYSTEM_NAME STREQUAL Generic)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PROGRAMS;LIBRARIES")

    file(GLOB sources CONFIGURE_DEPENDS tests/*.c */tests/*.c)
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.c$")
    list(TRANSFORM arg_PROGRAMS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/tests/ OUTPUT_VARIABLE programs)
    list(TRANSFORM programs APPEND .c)
    list(REMOVE_ITEM sources ${tests} ${programs})

    set(links ${library} ${arg_LIBRARIES} PkgConfig::cmocka)
    if(sources)
        add_library(${library}_tests STATIC ${sources})
        target_link_libraries(${library}_tests PUBLIC ${links})
        list(PREPEND links ${library}_tests)
    endif()

    foreach(source IN LISTS tests)
        cmake_path(GET source STEM name)
        add_executable(${library}_${name} ${source})
        target_link_libraries(${library}_${name} PRIVATE ${links})
        add_test(NAME ${library}/${name} COMMAND ${library}_${name})
        set_tests_properties(${library}/${name} PROPERTIES TIMEOUT 300 LABELS cmocka)
    endforeach()
    foreach(name source IN ZIP_LISTS arg_PROGRAMS programs)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE ${links})
    endforeach()
endfunction()
