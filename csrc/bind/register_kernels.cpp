#include "bind/arrays.h"
#include "bind/registers.h"
#include "mien/kernels.h"

namespace mien::bind {

void RegisterKernels(py::module_& module) {
  module.def("kernel_tables", [] {
    py::list names;
    for (int i = 0; i < KernelTableCount(); ++i) names.append(KernelTableName(i));
    return names;
  });
  module.def("kernels_in_use", [] { return KernelsInUse(); });
  module.def(
      "use_kernels",
      [](const std::string& name) {
        ThrowIfError(UseKernels(name.c_str()), Blame::kConfig, name.c_str());
      },
      py::arg("name"));
}

}  // namespace mien::bind
