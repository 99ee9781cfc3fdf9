# SPDX-License-Identifier: Apache-2.0 OR MIT
#[[
Scenarios as tests of ctest:

    ipcsim_add_scenarios(DIR|FILE [PARAMS name=value...] [BOARD board] [SCHED scheduler]
                         [FAULT policy] [SEED number] [NUM_PROCS number]
                         [PREFIX text] [TIMEOUT seconds] [LABELS label...])

Adds one test for each *.lua in DIR and below, hidden ones and files that others use("...") left out:
`ipcsim check`, which runs the scenario and compares it with the golden trace beside it. A test is named as its file is seen
from here, without .lua: scenarios/rot13. PARAMS to NUM_PROCS are options of the program, and
make the name longer: scenarios/rot13:clients=8:board=cortex-m7. PREFIX goes before it.

TIMEOUT is wall-clock time for each test, 60 unless it is given. All tests have the label
ipcsim, and LABELS. The program is ${ipcsim_PROGRAM}, as find_package(ipcsim) sets it.
]]

# Takes out of the list `name` what is no scenario: a file without scenario{} that another one
# beside it uses.
function(_ipcsim_leave_out_used name folder)
    set(kept "")
    foreach(file IN LISTS ${name})
        cmake_path(GET file PARENT_PATH beside)
        cmake_path(GET file STEM stem)
        file(READ ${folder}/${file} text)
        set(is_used FALSE)
        if(NOT text MATCHES "scenario[ \t\r\n]*[({]")
            foreach(other IN LISTS ${name})
                cmake_path(GET other PARENT_PATH its_folder)
                if(its_folder STREQUAL beside AND NOT other STREQUAL file)
                    file(READ ${folder}/${other} text)
                    if(text MATCHES "use[ \t]*[(]?[ \t]*[\"']${stem}[\"']")
                        set(is_used TRUE)
                    endif()
                endif()
            endforeach()
        endif()
        if(NOT is_used)
            list(APPEND kept ${file})
        endif()
    endforeach()
    set(${name} ${kept} PARENT_SCOPE)
endfunction()

function(ipcsim_add_scenarios where)
    set(settings BOARD SCHED FAULT SEED NUM_PROCS)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "${settings};PREFIX;TIMEOUT" "PARAMS;LABELS")
    foreach(word IN LISTS arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "ipcsim_add_scenarios(${where}): ${word} is not one of its options")
    endforeach()
    foreach(word IN LISTS arg_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR "ipcsim_add_scenarios(${where}): ${word} needs a value")
    endforeach()
    if(NOT DEFINED arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()

    set(options "")
    set(suffix "")
    foreach(param IN LISTS arg_PARAMS)
        list(APPEND options -P ${param})
        string(APPEND suffix ":${param}")
    endforeach()
    foreach(setting IN LISTS settings)
        if(DEFINED arg_${setting})
            string(TOLOWER ${setting} name)
            string(APPEND suffix ":${name}=${arg_${setting}}")
            string(REPLACE _ - name ${name})
            list(APPEND options --${name} ${arg_${setting}})
        endif()
    endforeach()

    cmake_path(ABSOLUTE_PATH where NORMALIZE OUTPUT_VARIABLE folder)
    set(files "")
    if(IS_DIRECTORY ${folder})
        file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.lua)
        list(FILTER files EXCLUDE REGEX "(^|/)\\.")
        _ipcsim_leave_out_used(files ${folder})
    elseif(EXISTS ${folder})
        cmake_path(GET folder FILENAME files)
        cmake_path(GET folder PARENT_PATH folder)
    endif()
    if(NOT files)
        message(FATAL_ERROR "ipcsim_add_scenarios(${where}): no scenarios (*.lua) there")
    endif()

    foreach(file IN LISTS files)
        cmake_path(APPEND folder ${file} OUTPUT_VARIABLE path)
        cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
        string(REGEX REPLACE "\\.lua$" "" name ${path})
        set(test ${arg_PREFIX}${name}${suffix})
        add_test(NAME ${test}
                 COMMAND ${ipcsim_PROGRAM} check --color never --no-db ${options} -- ${path}
                 WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
        set_tests_properties(${test} PROPERTIES TIMEOUT ${arg_TIMEOUT}
                                                LABELS "ipcsim;${arg_LABELS}")
    endforeach()
endfunction()
