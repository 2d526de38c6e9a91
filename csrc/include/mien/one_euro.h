// Low-lag smoothing for values that are still or fast by turns.
//
// Source: Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012.
// Differs: capture times instead of a fixed rate, per value; a value that is not finite leaves
// its channel as it was.

#ifndef MIEN_ONE_EURO_H_
#define MIEN_ONE_EURO_H_

#include <cstdint>
#include <memory>

#include "mien/status.h"

namespace mien {

struct OneEuroParams {
  double min_cutoff_hz = 3;         // cut-off at rest, 0.01..1000
  double beta = 0.8;                // Hz per (value / s), 0..100
  double derivative_cutoff_hz = 1;  // cut-off of the speed, 0.01..1000
};

class OneEuro {
 public:
  OneEuro() noexcept;
  OneEuro(OneEuro&&) noexcept;
  OneEuro& operator=(OneEuro&&) noexcept;
  ~OneEuro();

  // Requires  count 1..4096; the ranges stated at the fields.
  static Status Create(int count, const OneEuroParams& params, OneEuro* filter) noexcept;

  // Writes the smoothed values; `smooth` may be `values`, but not overlap it otherwise.
  //
  // A channel starts at its first finite value and is 0 before. At a time that is not later
  // than the last one nothing changes and the last output is given again.
  Status Step(const float* values, std::int64_t t_ns, float* smooth) noexcept;

  // Forgets all values and times.
  void Reset() noexcept;

  int count() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mien

#endif  // MIEN_ONE_EURO_H_
