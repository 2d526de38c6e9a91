# Builds for 64-bit ARM Android with Google's NDK, which ANDROID_NDK in the environment names.
# Configured but not run by us: the NDK is in no package registry.
#
#   ANDROID_NDK=~/android-ndk-r27c cmake -S . -B build/android -DMIEN_BENCH=ON \
#     --toolchain tools/cross/android-arm64.cmake && cmake --build build/android
#   adb push build/android/csrc/bench/mien_bench /data/local/tmp/
#
# A program that needs no library of the system runs there too: build it with tools/cross/zig.cmake.

if(NOT EXISTS "$ENV{ANDROID_NDK}/build/cmake/android.toolchain.cmake")
  message(FATAL_ERROR
    "expected ANDROID_NDK in the environment to name an unpacked NDK, got '$ENV{ANDROID_NDK}'; "
    "see https://developer.android.com/ndk/downloads")
endif()

set(ANDROID_ABI arm64-v8a)
set(ANDROID_PLATFORM android-24)  # of CPython's own Android builds (PEP 738)
set(ANDROID_STL c++_static)
include($ENV{ANDROID_NDK}/build/cmake/android.toolchain.cmake)
