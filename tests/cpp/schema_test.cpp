#include "mien/schema.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "harness.h"

namespace mien::test {
namespace {

bool IsValue(const char* name) {
  return std::any_of(std::begin(kValueNames), std::end(kValueNames),
                     [name](const char* value) { return std::strcmp(name, value) == 0; });
}

TEST(MouthOutputsAreValues) {
  for (const char* name : kMouthOutputNames) EXPECT(IsValue(name));
}

TEST(EyeOutputsAreTheStemsOfSidedValues) {
  for (const char* name : kEyeOutputNames) {
    char sided[64];
    std::snprintf(sided, sizeof(sided), "%s_left", name);
    EXPECT(IsValue(sided));
  }
}

TEST(TheHashIsSixteenHexDigits) {
  EXPECT(std::strspn(kSchemaHash, "0123456789abcdef") == 16);
}

}  // namespace
}  // namespace mien::test
