"""GLSL of the exact flow: each pixel is where its surface point lies in the second image.

Output: second image's x and y in pixels, its depth in millimetres, and the label of what is
seen (see `labels.LABELS`), 0 for nothing, below 0 a pixel that two surfaces share.
"""

from __future__ import annotations

from typing import Final

from mien.synth.shaders import IRIS, LASH, LENS, VERSION

_OTHER: Final = """
uniform mat4 other_from_head;
"""

# `project` has clip w = depth; interpolating the clip position along the surface gives the place
# where the rasteriser draws that point, triangle by triangle.
_SETTLE: Final = """
vec4 settled(vec4 there, float label) {
    vec2 pixel = (there.xy / there.w * 0.5 + 0.5) * size_px - 0.5;
    return vec4(pixel, there.w, there.w > 0.0 ? label : -label);
}
"""

_MESH_VERTEX: Final = (
    VERSION
    + LENS
    + _OTHER
    + """
in vec3 in_point; in vec3 in_other; in vec3 in_label;
out vec4 there;
out vec2 soft;                // how much it is lid, lips
flat out float part;
void main() {
    soft = in_label.yz; part = in_label.x;
    gl_Position = project((headset_from_head * vec4(in_point, 1.0)).xyz);
    there = project((other_from_head * vec4(in_other, 1.0)).xyz);
}
"""
)

_MESH_FRAGMENT: Final = (
    VERSION
    + "uniform vec2 size_px;"
    + _SETTLE
    + """
in vec4 there;
in vec2 soft;
flat in float part;
out vec4 colour;
void main() {
    float label = part;
    if (part == 1.0 && soft.y > 0.5) label = 3.0;
    else if (part == 1.0 && soft.x > 0.5) label = 2.0;
    colour = settled(there, label);
}
"""
)

_LASH_VERTEX: Final = _MESH_VERTEX.replace(
    "out vec4 there;", "in vec2 in_strand; out vec2 strand; out vec4 there;"
).replace("void main() {", "void main() { strand = in_strand;")

_LASH_FRAGMENT: Final = (
    VERSION
    + "uniform vec2 size_px;"
    + LASH
    + _SETTLE
    + """
uniform bool is_edge;
in vec2 strand; in vec4 there;
out vec4 colour;
void main() {
    float alpha = lash_alpha(strand);
    if (is_edge ? (alpha < 0.1 || alpha > 0.9) : alpha <= 0.9) discard;
    colour = settled(there, 2.0);
    if (is_edge) colour.w = -1.0;
}
"""
)

_BALL_VERTEX: Final = (
    VERSION
    + LENS
    + """
uniform mat4 head_from_eye_here;
in vec3 in_point;
out vec3 local;
void main() {
    local = in_point;
    gl_Position = project((headset_from_head * head_from_eye_here * vec4(in_point, 1.0)).xyz);
}
"""
)

_BALL_FRAGMENT: Final = (
    VERSION
    + LENS
    + _OTHER
    + IRIS
    + _SETTLE
    + """
uniform mat4 head_from_eye_there;
uniform vec3 camera_here;     // in the eyeball's frame
uniform vec3 camera_there;
in vec3 local;
out vec4 colour;

vec3 on_ball(vec2 xy) { return vec3(xy, sqrt(max(1.0 - dot(xy, xy), 0.0))); }

void main() {
    vec2 q, other;
    vec3 at, n;
    vec3 place = local;
    bool is_whole = true;
    if (through_cornea(local, normalize(camera_here - local), q, at, n)) {
        // The second sight line that ends on the same point of the iris, by fixed-point steps.
        for (int i = 0; i < 8; ++i) {
            through_cornea(place, normalize(camera_there - place), other, at, n);
            place = local + on_ball(place.xy + q - other) - on_ball(local.xy);
        }
        is_whole = through_cornea(place, normalize(camera_there - place), other, at, n);
        is_whole = is_whole && length(other - q) < 2e-3;
    }
    float r = length(q);
    float label = r < iris.y ? 8.0 : (r < iris.x ? 7.0 : 6.0);
    vec4 moved = other_from_head * head_from_eye_there * vec4(place, 1.0);
    colour = settled(project(moved.xyz), label);
    if (!is_whole) colour.w = -colour.w;
}
"""
)

PROGRAMS: Final = (
    (_MESH_VERTEX, _MESH_FRAGMENT),
    (_BALL_VERTEX, _BALL_FRAGMENT),
    (_LASH_VERTEX, _LASH_FRAGMENT),
)
"""Vertex and fragment shader of skin and mouth, eyeballs, lashes."""
