"""GLSL of what a wearer wears: opaque things, and lenses that only reflect."""

from __future__ import annotations

from typing import Final

from mien.synth.shaders import LENS, VERSION

PROP_VERTEX: Final = (
    VERSION
    + LENS
    + """
in vec3 in_point; in vec3 in_normal;
out vec3 point; out vec3 normal;
void main() {
    point = (headset_from_head * vec4(in_point, 1.0)).xyz;
    normal = mat3(headset_from_head) * in_normal;
    gl_Position = project(point);
}
"""
)

PROP_FRAGMENT: Final = """
#version 330
uniform vec4 led[8];          // position in headset mm, power
uniform int leds;
uniform vec3 camera_mm;
uniform float ambient;
uniform float tone;
uniform float shine;          // 0 on cloth
uniform vec2 lens_glint;      // strength, haze; haze < 0: opaque
in vec3 point; in vec3 normal;
out vec4 colour;
void main() {
    vec3 n = normalize(normal), v = normalize(camera_mm - point);
    n *= dot(n, v) < 0.0 ? -1.0 : 1.0;
    float diffuse = ambient, gleam = 0.0;
    for (int i = 0; i < leds; ++i) {
        vec3 d = led[i].xyz - point;
        float power = led[i].w / (dot(d, d) + 300.0);
        vec3 l = normalize(d);
        diffuse += power * max(dot(n, l), 0.0);
        float nh = max(dot(n, normalize(l + v)), 0.0);
        gleam += power * (lens_glint.y < 0.0 ? pow(nh, 80.0) : smoothstep(0.99975, 0.99993, nh));
    }
    if (lens_glint.y < 0.0) {
        colour = vec4(vec3(tone * diffuse + shine * gleam), 1.0);
    } else {
        float cover = clamp(lens_glint.x * gleam, 0.0, 0.95);
        float all = cover + lens_glint.y * (1.0 - cover);
        colour = vec4(vec3((3.0 * cover + diffuse * (all - cover)) / max(all, 1e-4)), all);
    }
}
"""
