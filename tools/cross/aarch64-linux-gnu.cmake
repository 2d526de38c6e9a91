# Builds for 64-bit ARM Linux with Debian's cross compiler, and runs tests in an emulator.
#
#   apt-get install g++-aarch64-linux-gnu qemu-user-static
#   cmake -S . -B build/aarch64 --toolchain tools/cross/aarch64-linux-gnu.cmake -DMIEN_TESTS=ON
#   cmake --build build/aarch64 && ctest --test-dir build/aarch64

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# Where Debian keeps the libraries that programs of this build load.
set(MIEN_AARCH64_ROOT /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${MIEN_AARCH64_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)

# Of an ARMv8.0 CPU: an instruction that only newer ones have ends the test, as it would there.
find_program(MIEN_QEMU_AARCH64 NAMES qemu-aarch64-static qemu-aarch64)
if(MIEN_QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR
    ${MIEN_QEMU_AARCH64} -cpu cortex-a72 -L ${MIEN_AARCH64_ROOT})
endif()
