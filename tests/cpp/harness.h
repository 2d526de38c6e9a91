// A test harness in one page: no dependency, no exceptions.
//
//   TEST(AFlatImageHasNoFlow) { EXPECT(flow == 0); }
//
// A failed expectation prints where and what, and the test goes on.

#ifndef MIEN_TESTS_HARNESS_H_
#define MIEN_TESTS_HARNESS_H_

#include <cmath>
#include <cstdio>
#include <vector>

namespace mien::test {

struct Case {
  const char* name;
  void (*run)();
};

// All tests of the program, in the order of their files.
inline std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

// Failed expectations so far.
inline int& Failures() {
  static int failures = 0;
  return failures;
}

inline bool Register(const char* name, void (*run)()) {
  Cases().push_back({name, run});
  return true;
}

inline void Fail(const char* file, int line, const char* what) {
  ++Failures();
  std::printf("%s:%d: expected %s\n", file, line, what);
}

inline void ExpectNear(double got, double wanted, double tolerance, const char* file, int line,
                       const char* what) {
  // Written so that NaN fails.
  if (std::fabs(got - wanted) <= tolerance) return;
  Fail(file, line, what);
  std::printf("  got %.9g, wanted %.9g within %g\n", got, wanted, tolerance);
}

}  // namespace mien::test

#define TEST(name)                                                                               \
  static void name();                                                                            \
  [[maybe_unused]] static const bool name##_is_registered = ::mien::test::Register(#name, name); \
  static void name()

#define EXPECT(condition) \
  if (!(condition)) ::mien::test::Fail(__FILE__, __LINE__, #condition)

#define EXPECT_NEAR(got, wanted, tolerance)                                       \
  ::mien::test::ExpectNear(static_cast<double>(got), static_cast<double>(wanted), \
                           static_cast<double>(tolerance), __FILE__, __LINE__,    \
                           #got " near " #wanted)

#endif  // MIEN_TESTS_HARNESS_H_
