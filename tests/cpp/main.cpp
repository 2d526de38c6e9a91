#include <cstdio>
#include <cstring>

#include "harness.h"

// Runs all tests, or those whose name contains the first argument.
int main(int argc, char** argv) {
  int ran = 0;
  int failed = 0;
  for (const mien::test::Case& test : mien::test::Cases()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    const int before = mien::test::Failures();
    test.run();
    ++ran;
    if (mien::test::Failures() == before) continue;
    ++failed;
    std::printf("FAILED %s\n", test.name);
  }
  std::printf("%d tests, %d failed\n", ran, failed);
  return failed == 0 && ran > 0 ? 0 : 1;
}
