// Prints a hash of what every entry of the core gives on seeded inputs, one line per case; with a
// file's name, compares with its lines instead.
//
// The same lines must come from every CPU, compiler and kernel table. tools/make_golden.py writes
// the file.

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "flow_fields.h"
#include "images.h"
#include "mien/flow.h"
#include "mien/follow.h"
#include "mien/kernels.h"
#include "mien/median.h"
#include "mien/motion.h"
#include "mien/one_euro.h"
#include "mien/preprocess.h"

namespace mien::test {
namespace {

// FNV-1a over the bytes of numbers, which are little-endian on every CPU that mien knows.
class Hash {
 public:
  template <typename T>
  void Add(const std::vector<T>& values) {
    for (const T& value : values) Add(value);
  }

  template <typename T>
  void Add(const T& value) {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    for (unsigned char byte : bytes) state_ = (state_ ^ byte) * 1099511628211U;
  }

  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 14695981039346656037U;
};

class Report {
 public:
  void Add(const std::string& name, const Hash& hash) {
    char line[40];
    std::snprintf(line, sizeof(line), "%016" PRIx64 " ", hash.value());
    lines_.push_back(line + name);
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

void Require(Status status, const std::string& name) {
  if (status == Status::kOk) return;
  std::printf("%s: %s\n", name.c_str(), Describe(status));
  std::exit(1);
}

std::string Size(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

CameraParams BentCamera(int width, int height, Lens lens, double rotation_deg) {
  CameraParams camera = WholeImage(width, height);
  camera.fx = 0.9 * width;
  camera.fy = 0.92 * width;
  camera.lens = lens;
  if (lens == Lens::kRadTan) camera.distortion = {-0.21, 0.07, 1e-3, -2e-3, -0.01};
  if (lens == Lens::kFisheye) camera.distortion = {-0.03, 0.012, -0.006, 0.001, 0};
  camera.rotation_deg = rotation_deg;
  camera.is_mirrored = rotation_deg > 0;
  // Off the middle, and a little over the image's right border.
  camera.crop_xyxy_px = {0.13 * width, 0.08 * height, 1.05 * width, 0.95 * height};
  return camera;
}

// What a camera gives and a crop of it.
struct PreprocessCase {
  CameraParams camera;
  int size = 128;
  int window_px = 33;
  PixelFormat format = PixelFormat::kGray8;
};

std::string NameOf(const PreprocessCase& c) {
  const char* lens[] = {"pinhole", "radtan", "fisheye"};
  const char* format[] = {"gray8", "yuyv", "nv12", "bgr8"};
  return "preprocess " + Size(c.camera.width, c.camera.height) + " " +
         format[static_cast<int>(c.format)] + " -> " + std::to_string(c.size) + " " +
         lens[static_cast<int>(c.camera.lens)] +
         " rotation_deg=" + std::to_string(std::lround(c.camera.rotation_deg)) +
         " window_px=" + std::to_string(c.window_px);
}

void HashPreprocess(const PreprocessCase& c, Report* report) {
  PreprocessParams params;
  params.size = c.size;
  params.window_px = c.window_px;
  const std::string name = NameOf(c);
  Preprocess preprocess;
  Require(Preprocess::Create(c.camera, params, &preprocess), name);
  Image<std::uint8_t> gray(c.size, c.size);
  Image<std::int8_t> quant(c.size, c.size);
  const int row_bytes = c.camera.width * BytesPerPixel(c.format);
  Hash hash;
  for (const auto& bytes :
       {Texture(row_bytes, c.camera.height), Noise(row_bytes, c.camera.height, 5)}) {
    const FrameView frame{bytes.pixels.data(), c.camera.width, c.camera.height, row_bytes,
                          c.format};
    Require(preprocess.Run(frame, gray.Mutable(), quant.Mutable()), name);
    hash.Add(gray.pixels);
    hash.Add(quant.pixels);
  }
  report->Add(name, hash);
}

void HashFlow(int width, int height, const FlowParams& params, Report* report) {
  const std::string name = "flow " + Size(width, height) +
                           " levels=" + std::to_string(params.levels) +
                           " window_px=" + std::to_string(params.window_px) +
                           " updates=" + std::to_string(params.updates) +
                           " smoothing_px=" + std::to_string(params.smoothing_px);
  DenseFlow flow;
  Require(DenseFlow::Create(width, height, params, &flow), name);
  Image<float> flow_px(2 * width, height);
  Image<float> confidence(width, height);
  const auto first = Texture(width, height);
  Hash hash;
  for (const auto& second : {Texture(width, height, 1.7, -0.6), Noise(width, height, 6)}) {
    Require(flow.Run(first.View(), second.View(), flow_px.Mutable(), confidence.Mutable()), name);
    hash.Add(flow_px.pixels);
    hash.Add(confidence.pixels);
  }
  report->Add(name, hash);
}

// Frames that drift apart from the first one, in noise.
std::vector<std::uint8_t> DriftingFrames(int count, int width, int height) {
  std::vector<std::uint8_t> frames;
  Random random(9);
  for (int i = 0; i < count; ++i) {
    for (std::uint8_t gray : Texture(width, height, 1.3 * i, -0.7 * i).pixels) {
      frames.push_back(static_cast<std::uint8_t>(gray / 2 + random.Below(5)));
    }
  }
  return frames;
}

void HashFollow(int width, int height, const FollowParams& params, Report* report) {
  constexpr int kCount = 5;
  const std::string name = "follow " + Size(width, height) +
                           " step_px=" + std::to_string(params.step_px) +
                           " is_held=" + std::to_string(params.is_held ? 1 : 0);
  Follower follower;
  Require(Follower::Create(width, height, params, &follower), name);
  const int columns = GridSide(width, params.step_px);
  const int rows = GridSide(height, params.step_px);
  const std::vector<std::uint8_t> pixels = DriftingFrames(kCount, width, height);
  const GrayStack frames = {pixels.data(), kCount, width, height};
  Image<float> moved_px(2 * columns, rows * kCount);
  Image<float> trust(columns, rows * kCount);
  const FloatStack moved_stack = {moved_px.pixels.data(), kCount, 2 * columns, rows};
  const FloatStack trust_stack = {trust.pixels.data(), kCount, columns, rows};
  Require(follower.Run(frames.At(1), frames, moved_stack, trust_stack), name);
  Hash hash;
  hash.Add(moved_px.pixels);
  hash.Add(trust.pixels);
  report->Add(name, hash);
}

void HashMedian(int count, int width, int height, Report* report) {
  const std::string name = "median " + std::to_string(count) + " of " + Size(width, height);
  const std::vector<std::uint8_t> pixels = DriftingFrames(count, width, height);
  Image<float> median(width, height);
  Require(MedianImage({pixels.data(), count, width, height}, median.Mutable()), name);
  Hash hash;
  hash.Add(median.pixels);
  report->Add(name, hash);
}

// A slip, a part that moves otherwise, noise, and a pixel that is not a number.
Image<float> MotionField(int width, int height, Random* random) {
  Slip slip;
  slip.a = 0.01;
  slip.b = -0.02;
  slip.tx = 1.25;
  slip.ty = -0.5;
  Image<float> flow_px = FlowOf(slip, width, height);
  for (int i = 0; i < 2 * width * height; ++i) {
    float& value = flow_px.pixels[static_cast<std::size_t>(i)];
    if (i / (2 * width) > 2 * height / 3) value += 3;
    value += static_cast<float>(0.2 * random->Unit() - 0.1);
  }
  flow_px.At(5, 5) = std::nanf("");
  return flow_px;
}

void HashMotion(int width, int height, int count, Report* report) {
  const std::string name = "motion " + Size(width, height) + " regions=" + std::to_string(count);
  Random random(7);
  const Image<float> flow_px = MotionField(width, height, &random);
  Image<float> confidence(width, height);
  for (float& value : confidence.pixels) value = static_cast<float>(random.Unit());
  Image<float> weights(width, height * count);
  for (float& value : weights.pixels) {
    value = static_cast<float>(std::fmax(random.Unit() - 0.6, 0));
  }
  RegionMotion motion;
  const Image<std::uint8_t> reference(width, height, 1);
  Require(RegionMotion::Create(weights.pixels.data(), count, reference.View(), &motion), name);
  std::vector<RegionValues> values(static_cast<std::size_t>(count));
  Slip slip;
  Require(motion.Run(flow_px.View(), confidence.View(), &slip, values.data()), name);
  Hash hash;
  hash.Add(values);
  hash.Add(slip);
  Image<float> rest_px(2 * width, height);
  Require(RemoveSlip(flow_px.View(), slip, rest_px.Mutable()), name);
  rest_px.At(5, 5) = 0;  // the sign and bits of a NaN are the CPU's own
  hash.Add(rest_px.pixels);
  report->Add(name, hash);
}

void HashOneEuro(int count, const OneEuroParams& params, Report* report) {
  const std::string name =
      "one_euro count=" + std::to_string(count) + " beta=" + std::to_string(params.beta);
  OneEuro filter;
  Require(OneEuro::Create(count, params, &filter), name);
  Random random(8);
  std::vector<float> values(static_cast<std::size_t>(count));
  std::int64_t t_ns = 0;
  Hash hash;
  for (int step = 0; step < 300; ++step) {
    t_ns += 1000 * random.Below(20000) * (step % 11 == 0 ? 0 : 1);
    for (float& value : values) value = static_cast<float>(random.Unit());
    values[static_cast<std::size_t>(random.Below(count))] = std::nanf("");
    Require(filter.Step(values.data(), t_ns, values.data()), name);
    hash.Add(values);
  }
  report->Add(name, hash);
}

Report HashAll() {
  Report report;
  HashPreprocess({BentCamera(400, 400, Lens::kPinhole, 0)}, &report);
  HashPreprocess({BentCamera(400, 400, Lens::kRadTan, 17)}, &report);
  HashPreprocess({BentCamera(400, 400, Lens::kFisheye, -135)}, &report);
  HashPreprocess({BentCamera(200, 200, Lens::kFisheye, 90), 128, 9}, &report);
  HashPreprocess({BentCamera(640, 480, Lens::kRadTan, -3), 128, 127}, &report);
  HashPreprocess({BentCamera(61, 47, Lens::kFisheye, 5), 37, 15}, &report);
  for (const auto format : {PixelFormat::kYuyv, PixelFormat::kNv12, PixelFormat::kBgr8}) {
    HashPreprocess({BentCamera(133, 95, Lens::kRadTan, 30), 49, 21, format}, &report);
  }
  for (int side : {128, 192, 256}) HashFlow(side, side, {}, &report);
  HashFlow(61, 47, {}, &report);
  HashFlow(17, 83, {3, 6, 2, 2}, &report);
  HashFlow(130, 70, {6, 18, 1, 18}, &report);
  HashFlow(300, 290, {6, 14, 1, 10}, &report);
  HashFlow(2048, 16, {}, &report);
  HashFlow(16, 2048, {}, &report);
  HashFollow(128, 128, {}, &report);
  HashFollow(61, 47, {{}, 5, 0.7F, true}, &report);
  HashFollow(16, 70, {{}, 16, 0.3F, false}, &report);
  HashMedian(12, 128, 128, &report);
  HashMedian(7, 61, 47, &report);
  HashMotion(128, 128, 13, &report);
  HashMotion(61, 47, 3, &report);
  HashOneEuro(64, {}, &report);
  HashOneEuro(5, {0.5, 20, 3}, &report);
  return report;
}

// Lines of a text file that are no comments; none if it cannot be read.
std::vector<std::string> ReadLines(const char* path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

int CountDifferences(const std::vector<std::string>& wanted, const std::vector<std::string>& got,
                     const char* table) {
  int differences = wanted.size() == got.size() ? 0 : 1;
  for (std::size_t i = 0; i < wanted.size() && i < got.size(); ++i) {
    if (wanted[i] == got[i]) continue;
    ++differences;
    std::printf("expected %s\n%8s %s\n", wanted[i].c_str(), table, got[i].c_str());
  }
  return differences;
}

// Every table against the file's lines, or against those of the first table.
int Run(const char* path) {
  std::vector<std::string> wanted = path == nullptr ? std::vector<std::string>{} : ReadLines(path);
  int compared = 0;
  int failed = 0;
  for (int i = 0; i < KernelTableCount(); ++i) {
    const char* table = KernelTableName(i);
    Require(UseKernels(table), table);
    const Report report = HashAll();
    if (path == nullptr && i == 0) wanted = report.lines();
    failed += CountDifferences(wanted, report.lines(), table);
    compared += static_cast<int>(report.lines().size());
  }
  if (path == nullptr) {
    for (const std::string& line : wanted) std::printf("%s\n", line.c_str());
  } else {
    std::printf("%d tests, %d failed\n", compared, failed);
    if (failed > 0) std::printf("meant to change? python3 tools/make_golden.py\n");
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mien::test

int main(int argc, char** argv) {
  return mien::test::Run(argc > 1 ? argv[1] : nullptr);
}
