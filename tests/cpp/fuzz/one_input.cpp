// What libFuzzer, or random_inputs.cpp in its place, calls: the same for every target.

#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mien::test::FuzzInput input(data, size);
  mien::test::Fuzz(&input);
  return 0;
}
