#include <pybind11/pybind11.h>

#include "bind/registers.h"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The compiled core of mien; only mien.vision may import it.";
  mien::bind::RegisterKernels(module);
  mien::bind::RegisterPreprocess(module);
  mien::bind::RegisterFlow(module);
  mien::bind::RegisterFollow(module);
  mien::bind::RegisterMotion(module);
  mien::bind::RegisterOneEuro(module);
}
