// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which version this is. The build says it (CMakeLists.txt: project VERSION).
#pragma once

#ifndef IPCSIM_VERSION
#define IPCSIM_VERSION "unversioned"
#endif
