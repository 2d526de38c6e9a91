// Writes JSON, one value after the other.

#ifndef MIEN_BENCH_JSON_H_
#define MIEN_BENCH_JSON_H_

#include <string>
#include <vector>

namespace mien::bench {

class Json {
 public:
  void Open(char bracket);  // { or [
  void Close();
  void Name(const char* name);

  void Add(const std::string& value);
  void Add(double value);  // null if it is not finite
  void Add(long value);
  void AddBool(bool value);
  void AddNull();

  template <typename T>
  void Field(const char* name, const T& value) {
    Name(name);
    Add(value);
  }
  // Null for an empty text.
  void TextOrNull(const char* name, const std::string& value);
  // Null for a number below 0.
  void NumberOrNull(const char* name, double value);

  const std::string& text() const { return text_; }

 private:
  void BeginValue();
  void BreakLine();

  std::string text_;
  std::vector<char> open_;
  bool is_first_ = true;
  bool is_named_ = false;
};

}  // namespace mien::bench

#endif  // MIEN_BENCH_JSON_H_
