#include "mien/schema.h"

#include <cstring>

#include "harness.h"

namespace mien::test {
namespace {

bool IsValue(const char* name) {
  for (const char* value : kValueNames) {
    if (std::strcmp(name, value) == 0) return true;
  }
  return false;
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
