// Runs a fuzz target without a fuzzer, for compilers that have none: on random inputs, always the
// same, or on the files that it is given.

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "images.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kInputs = 400;
constexpr int kMaxBytes = 400;

bool RunFile(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return false;
  std::vector<std::uint8_t> bytes(1 << 16);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

void RunRandom() {
  mien::test::Random random(1);
  for (int i = 0; i < kInputs; ++i) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(random.Below(kMaxBytes)));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Below(256));
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  int failed = 0;
  for (int i = 1; i < argc; ++i) failed += RunFile(argv[i]) ? 0 : 1;
  if (argc == 1) RunRandom();
  std::printf("%d inputs, %d could not be read\n", argc == 1 ? kInputs : argc - 1, failed);
  return failed == 0 ? 0 : 1;
}
