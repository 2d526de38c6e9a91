# Builds with zig, which brings the C library of every Linux: old glibc for wheels, musl for programs
# that need no library at all. For MIEN_ZIG_TARGET in the environment, such as
# aarch64-linux-gnu.2.17 or x86_64-linux-musl; MIEN_ZIG names the program, MIEN_ZIG_CPU the CPU.
# tools/cross/zig.py sets them.

set(MIEN_ZIG $ENV{MIEN_ZIG})
set(MIEN_ZIG_TARGET $ENV{MIEN_ZIG_TARGET})
if(NOT MIEN_ZIG OR NOT MIEN_ZIG_TARGET MATCHES "^([^-]+)-linux-")
  message(FATAL_ERROR
    "expected MIEN_ZIG (a program) and MIEN_ZIG_TARGET (such as aarch64-linux-gnu.2.17) in the "
    "environment, got '${MIEN_ZIG}' and '${MIEN_ZIG_TARGET}'")
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_MATCH_1})
set(MIEN_ZIG_OPTIONS -target ${MIEN_ZIG_TARGET})
if(DEFINED ENV{MIEN_ZIG_CPU})
  list(APPEND MIEN_ZIG_OPTIONS -mcpu=$ENV{MIEN_ZIG_CPU})
endif()
set(CMAKE_C_COMPILER ${MIEN_ZIG} cc ${MIEN_ZIG_OPTIONS})
set(CMAKE_CXX_COMPILER ${MIEN_ZIG} c++ ${MIEN_ZIG_OPTIONS})

# One program is all of them, so the rules name which.
set(CMAKE_AR ${MIEN_ZIG})
set(CMAKE_RANLIB ${MIEN_ZIG})
set(CMAKE_STRIP /bin/true)
foreach(LANGUAGE C CXX)
  set(CMAKE_${LANGUAGE}_COMPILER_AR ${MIEN_ZIG})
  set(CMAKE_${LANGUAGE}_COMPILER_RANLIB ${MIEN_ZIG})
  set(CMAKE_${LANGUAGE}_ARCHIVE_CREATE "<CMAKE_AR> ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${LANGUAGE}_ARCHIVE_APPEND "<CMAKE_AR> ar q <TARGET> <OBJECTS>")
  set(CMAKE_${LANGUAGE}_ARCHIVE_FINISH "<CMAKE_AR> ranlib <TARGET>")
endforeach()

# It has no strip.
set(CMAKE_EXE_LINKER_FLAGS_INIT -s)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -s)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -s)

# The suffix of a module is the target's, from SETUPTOOLS_EXT_SUFFIX, not this machine's Python's.
set(PYBIND11_USE_CROSSCOMPILING ON)

# pybind11 turns it on, and on 32-bit ARM it builds a module that catches no exceptions.
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF)

# Nothing of this machine, but for programs and CMake packages such as pybind11.
set(CMAKE_FIND_ROOT_PATH ${CMAKE_CURRENT_LIST_DIR}/no-such-root)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
