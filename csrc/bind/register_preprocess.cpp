#include "mien/preprocess.h"

#include <pybind11/stl.h>

#include <vector>

#include "bind/arrays.h"
#include "bind/registers.h"

namespace mien::bind {
namespace {

Lens LensFromName(const std::string& name) {
  if (name == "pinhole") return Lens::kPinhole;
  if (name == "radtan") return Lens::kRadTan;
  if (name == "fisheye") return Lens::kFisheye;
  Throw(Blame::kConfig, "lens", "expected pinhole, radtan or fisheye, got " + name);
}

struct CameraArgs {
  int width;
  int height;
  std::array<double, 4> intrinsics;
  std::string lens;
  std::vector<double> distortion;
  std::array<double, 4> crop_xyxy_px;
  double rotation_deg;
  bool is_mirrored;
};

CameraParams ParamsFrom(const CameraArgs& args) {
  CameraParams camera;
  camera.width = args.width;
  camera.height = args.height;
  camera.fx = args.intrinsics[0];
  camera.fy = args.intrinsics[1];
  camera.cx = args.intrinsics[2];
  camera.cy = args.intrinsics[3];
  camera.lens = LensFromName(args.lens);
  if (args.distortion.size() > camera.distortion.size()) {
    Throw(Blame::kConfig, "distortion",
          "expected at most 5 coefficients, got " + std::to_string(args.distortion.size()));
  }
  for (std::size_t i = 0; i < args.distortion.size(); ++i) {
    camera.distortion[i] = args.distortion[i];
  }
  camera.crop_xyxy_px = args.crop_xyxy_px;
  camera.rotation_deg = args.rotation_deg;
  camera.is_mirrored = args.is_mirrored;
  return camera;
}

// A frame of any format in the shape that OpenCV gives it.
FrameView FrameFrom(const Array<std::uint8_t>& array, const std::string& format) {
  const char* what = "frame";
  if (format == "gray8") return FrameOf(View<std::uint8_t>(array, what));
  if (format == "yuyv") {
    const GrayView bytes = View<std::uint8_t>(array, what, 2);
    return {bytes.data, bytes.width / 2, bytes.height, bytes.stride, PixelFormat::kYuyv};
  }
  if (format == "bgr8") {
    const GrayView bytes = View<std::uint8_t>(array, what, 3);
    return {bytes.data, bytes.width / 3, bytes.height, bytes.stride, PixelFormat::kBgr8};
  }
  if (format == "nv12") {
    const GrayView planes = View<std::uint8_t>(array, what);
    if (planes.height % 3 != 0) {
      Throw(Blame::kFrame, what, "expected (H * 3 / 2, W) for nv12, got " + ShapeText(array));
    }
    return {planes.data, planes.width, planes.height / 3 * 2, planes.stride, PixelFormat::kNv12};
  }
  Throw(Blame::kFrame, "pixel_format", "expected gray8, yuyv, nv12 or bgr8, got " + format);
}

}  // namespace

void RegisterPreprocess(py::module_& module) {
  py::class_<Preprocess>(module, "Preprocess")
      .def(py::init([](int width, int height, std::array<double, 4> fx_fy_cx_cy, std::string lens,
                       std::vector<double> distortion, std::array<double, 4> crop_xyxy_px,
                       double rotation_deg, bool is_mirrored, int size, int window_px,
                       float std_floor, float scale, int zero_point) {
             const CameraParams camera =
                 ParamsFrom({width, height, fx_fy_cx_cy, std::move(lens), std::move(distortion),
                             crop_xyxy_px, rotation_deg, is_mirrored});
             Preprocess preprocess;
             const Status status = Preprocess::Create(
                 camera, {size, window_px, std_floor, scale, zero_point}, &preprocess);
             ThrowIfError(status, Blame::kConfig, "preprocess");
             return preprocess;
           }),
           py::kw_only(), py::arg("width"), py::arg("height"), py::arg("fx_fy_cx_cy"),
           py::arg("lens"), py::arg("distortion"), py::arg("crop_xyxy_px"), py::arg("rotation_deg"),
           py::arg("is_mirrored"), py::arg("size"), py::arg("window_px"), py::arg("std_floor"),
           py::arg("scale"), py::arg("zero_point"))
      .def(
          "run",
          [](Preprocess& self, const Array<std::uint8_t>& frame, Array<std::uint8_t>& gray,
             Array<std::int8_t>& quant, const std::string& pixel_format) {
            const FrameView frame_view = FrameFrom(frame, pixel_format);
            const GrayImage gray_image = MutableView<std::uint8_t>(gray, "out_gray");
            const QuantImage quant_image = MutableView<std::int8_t>(quant, "out_quant");
            ThrowIfError(WithoutGil([&] { return self.Run(frame_view, gray_image, quant_image); }),
                         Blame::kFrame, "preprocess");
          },
          py::arg("frame").noconvert(), py::arg("gray").noconvert(), py::arg("quant").noconvert(),
          py::arg("pixel_format"));
}

}  // namespace mien::bind
