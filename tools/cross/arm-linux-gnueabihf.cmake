# Builds for 32-bit ARM Linux (ARMv7) with Debian's cross compiler, and runs tests in an emulator.
#
#   apt-get install g++-arm-linux-gnueabihf qemu-user-static
#   cmake -S . -B build/armv7 --toolchain tools/cross/arm-linux-gnueabihf.cmake -DMIEN_TESTS=ON
#   cmake --build build/armv7 && ctest --test-dir build/armv7

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)

# Where Debian keeps the libraries that programs of this build load.
set(MIEN_ARMV7_ROOT /usr/arm-linux-gnueabihf)
set(CMAKE_FIND_ROOT_PATH ${MIEN_ARMV7_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)

# The oldest ARMv7 CPU that headset boards have: an instruction it lacks ends the test.
find_program(MIEN_QEMU_ARM NAMES qemu-arm-static qemu-arm)
if(MIEN_QEMU_ARM)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${MIEN_QEMU_ARM} -cpu cortex-a7 -L ${MIEN_ARMV7_ROOT})
endif()
