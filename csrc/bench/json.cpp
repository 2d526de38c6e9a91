#include "bench/json.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace mien::bench {

void Json::BreakLine() {
  text_ += '\n';
  text_.append(open_.size(), ' ');
}

void Json::BeginValue() {
  if (!is_named_ && !open_.empty()) {
    if (!is_first_) text_ += ',';
    BreakLine();
  }
  is_first_ = false;
  is_named_ = false;
}

void Json::Open(char bracket) {
  BeginValue();
  text_ += bracket;
  open_.push_back(bracket);
  is_first_ = true;
}

void Json::Close() {
  const char bracket = open_.back();
  open_.pop_back();
  if (!is_first_) BreakLine();
  text_ += bracket == '{' ? '}' : ']';
  is_first_ = false;
  if (open_.empty()) text_ += '\n';
}

void Json::Name(const char* name) {
  Add(std::string(name));
  text_ += ": ";
  is_named_ = true;
}

void Json::Add(const std::string& value) {
  BeginValue();
  text_ += '"';
  for (const char letter : value) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      text_ += '\\';
      text_ += letter;
    } else if (code < 0x20) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", code);
      text_ += escaped.data();
    } else {
      text_ += letter;
    }
  }
  text_ += '"';
}

void Json::Add(double value) {
  if (!std::isfinite(value)) {
    AddNull();
    return;
  }
  BeginValue();
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.6g", value);
  text_ += digits.data();
}

void Json::Add(long value) {
  BeginValue();
  text_ += std::to_string(value);
}

void Json::AddBool(bool value) {
  BeginValue();
  text_ += value ? "true" : "false";
}

void Json::AddNull() {
  BeginValue();
  text_ += "null";
}

void Json::TextOrNull(const char* name, const std::string& value) {
  Name(name);
  if (value.empty()) {
    AddNull();
  } else {
    Add(value);
  }
}

void Json::NumberOrNull(const char* name, double value) {
  Name(name);
  if (value < 0) {
    AddNull();
  } else {
    Add(value);
  }
}

}  // namespace mien::bench
