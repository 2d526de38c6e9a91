# What `cmake --install` gives: libmien_core, its headers, and what find_package(mien) reads.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(MIEN_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mien)
set_target_properties(mien_core PROPERTIES EXPORT_NAME core)
install(TARGETS mien_core EXPORT mien ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY csrc/include/mien DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT mien NAMESPACE mien:: FILE mienConfig.cmake DESTINATION ${MIEN_PACKAGE_DIR})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/mienConfigVersion.cmake COMPATIBILITY SameMinorVersion
)
install(FILES ${PROJECT_BINARY_DIR}/mienConfigVersion.cmake DESTINATION ${MIEN_PACKAGE_DIR})
