// Tells a person how far it is: one line that is written over on a terminal, nothing on a pipe.

#ifndef MIEN_BENCH_PROGRESS_H_
#define MIEN_BENCH_PROGRESS_H_

#include <string>

namespace mien::bench {

class Progress {
 public:
  // `total` parts, each of which is told by one `Start`.
  explicit Progress(int total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What is measured from now on.
  void Start(const std::string& what);
  // What came out of it.
  void Tell(const std::string& result) const;

 private:
  void Clear() const;

  int total_;
  int done_ = 0;
  bool is_terminal_;
  std::string what_;
};

}  // namespace mien::bench

#endif  // MIEN_BENCH_PROGRESS_H_
