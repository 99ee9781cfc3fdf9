# SPDX-License-Identifier: Apache-2.0 OR MIT
# Installs what find_package(ipcsim) reads. Below share/, where a project that builds for a chip
# looks as well; the program is one of the host in any case.
include(CMakePackageConfigHelpers)

set(package_dir share/cmake/ipcsim)
set(program_dir bin)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ipcsim-config.cmake.in
                              ${PROJECT_BINARY_DIR}/ipcsim-config.cmake
                              INSTALL_DESTINATION ${package_dir} PATH_VARS program_dir
                              NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ipcsim-config-version.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/ipcsim-config.cmake
              ${PROJECT_BINARY_DIR}/ipcsim-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/IpcsimAddScenarios.cmake
        DESTINATION ${package_dir})
