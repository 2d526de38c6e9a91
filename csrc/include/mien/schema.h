// Names and order of the expression values. Written by tools/schema_header.py from
// sdk/mien/schema.py, which says what each value is; do not edit.
// clang-format off

#ifndef MIEN_SCHEMA_H_
#define MIEN_SCHEMA_H_

namespace mien {

// A model must carry the same.
constexpr char kSchemaHash[] = "aa5dd920447f6896";

// Gaze values lie in [-kGazeMaxRad, kGazeMaxRad]; all others are weights in [0, 1].
constexpr float kGazeMaxRad = 0.8F;

// A face state, in this order.
constexpr int kValueCount = 49;
constexpr const char* kValueNames[kValueCount] = {
    "brow_lowerer_left",
    "brow_lowerer_right",
    "inner_brow_raiser_left",
    "inner_brow_raiser_right",
    "outer_brow_raiser_left",
    "outer_brow_raiser_right",
    "lid_closure_left",
    "lid_closure_right",
    "lid_raiser_left",
    "lid_raiser_right",
    "lid_tightener_left",
    "lid_tightener_right",
    "cheek_raiser_left",
    "cheek_raiser_right",
    "nose_wrinkler_left",
    "nose_wrinkler_right",
    "upper_lip_raiser_left",
    "upper_lip_raiser_right",
    "lip_corner_puller_left",
    "lip_corner_puller_right",
    "dimpler_left",
    "dimpler_right",
    "lip_corner_depressor_left",
    "lip_corner_depressor_right",
    "lower_lip_depressor_left",
    "lower_lip_depressor_right",
    "lip_stretcher_left",
    "lip_stretcher_right",
    "lip_tightener_left",
    "lip_tightener_right",
    "lip_pressor_left",
    "lip_pressor_right",
    "cheek_puff_left",
    "cheek_puff_right",
    "chin_raiser",
    "lip_pucker",
    "lip_funneler",
    "lip_suck",
    "jaw_drop",
    "jaw_left",
    "jaw_right",
    "jaw_forward",
    "mouth_left",
    "mouth_right",
    "tongue_out",
    "gaze_yaw_left",
    "gaze_yaw_right",
    "gaze_pitch_left",
    "gaze_pitch_right",
};

// What the eye encoder gives for one eye.
constexpr int kEyeOutputCount = 10;
constexpr const char* kEyeOutputNames[kEyeOutputCount] = {
    "brow_lowerer",
    "inner_brow_raiser",
    "outer_brow_raiser",
    "lid_closure",
    "lid_raiser",
    "lid_tightener",
    "cheek_raiser",
    "nose_wrinkler",
    "gaze_yaw",
    "gaze_pitch",
};

// What the mouth encoder gives.
constexpr int kMouthOutputCount = 33;
constexpr const char* kMouthOutputNames[kMouthOutputCount] = {
    "cheek_raiser_left",
    "cheek_raiser_right",
    "nose_wrinkler_left",
    "nose_wrinkler_right",
    "upper_lip_raiser_left",
    "upper_lip_raiser_right",
    "lip_corner_puller_left",
    "lip_corner_puller_right",
    "dimpler_left",
    "dimpler_right",
    "lip_corner_depressor_left",
    "lip_corner_depressor_right",
    "lower_lip_depressor_left",
    "lower_lip_depressor_right",
    "lip_stretcher_left",
    "lip_stretcher_right",
    "lip_tightener_left",
    "lip_tightener_right",
    "lip_pressor_left",
    "lip_pressor_right",
    "cheek_puff_left",
    "cheek_puff_right",
    "chin_raiser",
    "lip_pucker",
    "lip_funneler",
    "lip_suck",
    "jaw_drop",
    "jaw_left",
    "jaw_right",
    "jaw_forward",
    "mouth_left",
    "mouth_right",
    "tongue_out",
};

}  // namespace mien

#endif  // MIEN_SCHEMA_H_
