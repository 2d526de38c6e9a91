#include "bench/progress.h"

#include <unistd.h>

#include <cstdio>

namespace mien::bench {

Progress::Progress(int total) : total_(total), is_terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  Clear();
}

void Progress::Clear() const {
  if (is_terminal_) std::fprintf(stderr, "\r\033[K");
}

void Progress::Start(const std::string& what) {
  constexpr int kWidth = 20;
  what_ = what;
  if (!is_terminal_) return;
  Clear();
  const int filled = total_ > 0 ? kWidth * done_ / total_ : 0;
  std::fprintf(stderr, "[%s%s] %d/%d %s",
               std::string(static_cast<std::size_t>(filled), '#').c_str(),
               std::string(static_cast<std::size_t>(kWidth - filled), '.').c_str(), done_, total_,
               what.c_str());
  std::fflush(stderr);
  ++done_;
}

void Progress::Tell(const std::string& result) const {
  Clear();
  std::printf("%s\n", result.c_str());
  std::fflush(stdout);
}

}  // namespace mien::bench
