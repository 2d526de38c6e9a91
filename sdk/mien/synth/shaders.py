"""GLSL of the renderer: skin and mouth, eyeballs, lashes.

Everything is computed in headset millimetres. Vertices are projected through the lens itself,
so straight edges bend as the camera model says; triangles are far smaller than the bend.
"""

from __future__ import annotations

from typing import Final

LED_MAX: Final = 8

VERSION: Final = "#version 330\n"
LENS: Final = """
uniform mat4 camera_from_headset;
uniform mat4 headset_from_head;
uniform vec4 intrinsics;      // fx, fy, cx, cy
uniform vec2 size_px;
uniform int lens;             // 0 pinhole, 1 radtan, 2 fisheye
uniform vec4 bend;            // k1 k2 p1 p2, or fisheye k1..k4
uniform float radius_top;     // beyond it the polynomial may fold back

vec4 project(vec3 p) {
    vec3 c = (camera_from_headset * vec4(p, 1.0)).xyz;
    float z = max(c.z, 1e-3);
    vec2 q = c.xy / z;
    float r = length(q);
    vec2 s = q;
    if (lens == 1) {
        vec2 t = q * min(1.0, radius_top / max(r, 1e-6));
        float r2 = dot(t, t);
        float radial = 1.0 + bend.x * r2 + bend.y * r2 * r2;
        s = q * radial + vec2(2.0 * bend.z * t.x * t.y + bend.w * (r2 + 2.0 * t.x * t.x),
                              bend.z * (r2 + 2.0 * t.y * t.y) + 2.0 * bend.w * t.x * t.y);
    } else if (lens == 2) {
        float a = atan(r), a2 = a * a;
        float d = a * (1.0 + a2 * (bend.x + a2 * (bend.y + a2 * (bend.z + a2 * bend.w))));
        s = r > 1e-6 ? q * d / r : q;
    }
    vec2 pixel = intrinsics.xy * s + intrinsics.zw + 0.5;
    vec2 ndc = pixel / size_px * 2.0 - 1.0;
    // Image row 0 is read back first, so y is not flipped.
    return vec4(ndc * z, (z - 2.0) / (z + 2.0) * z, c.z < 1.0 ? -1.0 : z);
}
"""

_LEDS: Final = """
uniform vec4 led[8];          // position in headset mm, power
uniform int leds;
"""

_LIGHT: Final = (
    """
#version 330
uniform vec3 camera_mm;
uniform float ambient;
"""
    + _LEDS
)

SKIN_VERTEX: Final = (
    VERSION
    + LENS
    + _LEDS
    + """
uniform float fold;           // how dark a fold is
in vec3 in_point; in vec3 in_normal; in float in_cavity;
in vec2 in_uv; in vec3 in_tangent; in float in_part; in float in_depth;
out vec3 normal; out vec3 tangent; out vec3 view; out vec2 uv; out vec4 light; out vec2 tone;
flat out float part;
out vec4 folded;
uniform vec4 fold_left;       // contraction of the groups of wrinkles, 0..1
uniform vec4 fold_right;
uniform vec3 camera_mm;
uniform vec4 goggle;          // half width, half height (0 = none), edge softness, darkness
void main() {
    vec3 point = (headset_from_head * vec4(in_point, 1.0)).xyz;
    normal = mat3(headset_from_head) * in_normal;
    tangent = mat3(headset_from_head) * in_tangent;
    view = normalize(camera_mm - point);
    uv = in_uv; part = in_part;
    folded = mix(fold_right, fold_left, smoothstep(-6.0, 6.0, in_point.x));
    // Light is summed here as a vector: wrapped Lambert is linear in the normal. 300 mm^2: an
    // LED behind its window is no point.
    light = vec4(0.0);
    for (int i = 0; i < leds; ++i) {
        vec3 d = led[i].xyz - point;
        float d2 = dot(d, d);
        vec3 l = d * inversesqrt(d2);
        light += led[i].w / (d2 + 300.0) * smoothstep(-0.35, 0.25, dot(normal, l)) * vec4(l, 1.0);
    }
    float shade = exp(-fold * max(in_cavity, 0.0)) * (1.0 - 0.12 * fold * min(in_cavity, 0.0));
    if (goggle.y > 0.0) {
        vec2 e = abs(point.xy) / goggle.xy;
        float edge = pow(pow(e.x, 4.0) + pow(e.y, 4.0), 0.25);
        shade *= 1.0 - goggle.w * smoothstep(1.0 - goggle.z, 1.0 + goggle.z, edge);
    }
    tone = vec2(shade, in_depth);
    gl_Position = project(point);
}
"""
)

SKIN_FRAGMENT: Final = """
#version 330
uniform sampler2D skin;
uniform float ambient;
uniform float bump;
uniform float gloss;
uniform sampler2D folds;      // depth of four groups of wrinkles
uniform vec4 tones;           // flesh, gums, teeth, tooth gloss
in vec3 normal; in vec3 tangent; in vec3 view; in vec2 uv; in vec4 light; in vec2 tone;
in vec4 folded;               // how far each group is contracted on this side
flat in float part;
out vec4 colour;
void main() {
    vec3 n = normalize(normal);
    vec3 v = normalize(view);
    float albedo, oil, tight = 60.0;
    if (part < 0.5) {
        vec4 s = texture(skin, uv);
        vec3 t = normalize(tangent - n * dot(tangent, n));
        vec2 slope = (s.yz - 0.50196) * bump;
        n = normalize(n - t * slope.x - cross(n, t) * slope.y);
        albedo = s.x; oil = s.w;
        vec4 depth = texture(folds, uv) - 0.5;
        albedo *= exp(-2.0 * dot(depth, folded));
        // Wet facets catch the light from wherever they look.
        tight = mix(60.0, 10.0, smoothstep(0.5, 1.0, oil));
    } else if (part < 1.5) { albedo = tones.x; oil = 0.5; }
    else if (part < 2.5) { albedo = tones.y; oil = 0.8; tight = 90.0; }
    else if (part < 3.5) { albedo = tones.z; oil = tones.w; tight = 120.0; }
    else { albedo = 1.1 * tones.x; oil = 0.6; tight = 40.0; }
    // Infrared light scatters far in skin: it wraps around the terminator.
    float diffuse = max(dot(n, light.xyz) + 0.25 * light.w, 0.0) / 1.25;
    float nh = max(dot(n, normalize(normalize(light.xyz + 1e-6 * v) + v)), 0.0);
    float grazing = 1.0 - max(dot(n, v), 0.0);
    float fresnel = 0.35 + 0.65 * grazing * grazing * grazing;
    float n2 = nh * nh, n4 = n2 * n2, n8 = n4 * n4;
    float shine = light.w * fresnel * (0.35 * n8 * n4 * n2 + 2.2 * oil * pow(nh, tight));
    float level = (albedo * (diffuse + ambient) + gloss * oil * shine) * tone.x * tone.y;
    colour = vec4(vec3(level), 1.0);
}
"""

EYE_VERTEX: Final = (
    VERSION
    + LENS
    + """
uniform mat4 head_from_eye;   // eye frame: unit sphere, +z the gaze
in vec3 in_point; in float in_lid;
out vec3 point; out vec3 local; out float lid;
void main() {
    local = in_point; lid = in_lid;
    point = (headset_from_head * head_from_eye * vec4(in_point, 1.0)).xyz;
    gl_Position = project(point);
}
"""
)

IRIS: Final = """
uniform vec4 iris;            // iris radius, pupil radius (of the sphere), tone, limbus width
const float cornea = 0.64;

// Where the sight line through `local` of the eyeball meets the iris plane, refracted by the
// cornea; `local.xy` outside of it. `at` and `n`: the place and normal that reflect.
bool through_cornea(vec3 local, vec3 v, out vec2 q, out vec3 at, out vec3 n) {
    float rim = sqrt(1.0 - iris.x * iris.x);
    vec3 middle = vec3(0.0, 0.0, rim - sqrt(cornea * cornea - iris.x * iris.x));
    q = local.xy; at = local; n = normalize(local);
    float b = dot(local - middle, v), c = dot(local - middle, local - middle) - cornea * cornea;
    float inside = b * b - c;
    if (inside <= 0.0) return false;
    vec3 hit = local + v * (-b + sqrt(inside));
    if (hit.z <= rim || length(hit.xy) >= iris.x * 1.02) return false;
    at = hit;
    n = (at - middle) / cornea;
    vec3 ray = refract(-v, n, 1.0 / 1.336);
    q = at.xy + ray.xy * (rim - 0.06 - at.z) / min(ray.z, -0.05);
    return true;
}
"""

EYE_FRAGMENT: Final = (
    _LIGHT
    + IRIS
    + """
uniform mat4 eye_from_headset;
uniform sampler2D noise;
uniform vec4 white;           // sclera tone, vessels, pupil tone, iris contrast
uniform float seed;
uniform float glint;          // half angle of an LED's image, as 1 - cos
uniform float gloss;
in vec3 point; in vec3 local; in float lid;
out vec4 colour;
void main() {
    vec3 eye = (eye_from_headset * vec4(camera_mm, 1.0)).xyz;
    vec3 v = normalize(eye - local);
    vec2 q;
    vec3 at, n;
    bool on_cornea = through_cornea(local, v, q, at, n);
    float tone;
    float r = length(q);
    float angle = atan(q.y, q.x) / 6.2831853;
    float t = clamp((r - iris.y) / max(iris.x - iris.y, 1e-3), 0.0, 1.0);
    vec3 fibre = texture(noise, vec2(angle * 2.0 + seed, t * 0.10 + seed)).rgb - 0.5;
    float blotch = texture(noise, q * 0.6 + seed).b - 0.5;
    float collarette = exp(-pow((t - 0.3) / 0.12, 2.0));
    float inner = 1.0 + white.w * (0.9 * fibre.r + 0.8 * blotch + 0.2 * collarette);
    inner *= iris.z;
    inner *= 1.0 - 0.35 * smoothstep(0.7, 1.0, t);
    float vessel = texture(noise, local.xy * 0.55 + seed * 1.7).g - 0.5;
    vessel = smoothstep(0.06, 0.0, abs(vessel)) * smoothstep(0.35, 0.95, length(local.xy));
    float outer = white.x * (1.0 - white.y * vessel);
    outer *= 1.0 - 0.35 * smoothstep(0.5, 1.0, length(local.xy));
    tone = mix(inner, outer, smoothstep(iris.x - iris.w, iris.x + 0.35 * iris.w, r));
    tone = mix(white.z, tone, smoothstep(iris.y - 0.012, iris.y + 0.012, r));
    mat3 turn = mat3(eye_from_headset);
    float diffuse = 0.0, shine = 0.0;
    vec3 ball = normalize(local);
    float wet = texture(noise, local.xy * 2.5 + seed).b;
    for (int i = 0; i < leds; ++i) {
        vec3 place = (eye_from_headset * vec4(led[i].xyz, 1.0)).xyz;
        vec3 d = led[i].xyz - point;
        float power = led[i].w / (dot(d, d) + 300.0);
        vec3 l = normalize(place - at);
        diffuse += power * max((dot(ball, l) + 0.3) / 1.3, 0.0);
        float nh = dot(n, normalize(l + v));
        float nk = max(nh, 0.0);
        if (on_cornea)
            shine += smoothstep(1.0 - glint, 1.0 - 0.45 * glint, nh) * 3.0 * min(power, 1.5);
        else
            shine += power * (0.25 * pow(nk, 60.0) + wet * wet * 1.2 * pow(nk, 500.0));
    }
    float contact = mix(0.3, 1.0, smoothstep(0.0, 4.2, lid));
    float level = tone * (diffuse + ambient) * contact;
    colour = vec4(vec3(level + gloss * shine * smoothstep(0.2, 1.0, lid)), 1.0);
}
"""
)

LASH_VERTEX: Final = (
    VERSION
    + LENS
    + """
in vec3 in_point; in vec2 in_strand;   // across the lid 0..1, root 0 .. tip 1
out vec2 strand; out vec3 point;
void main() {
    strand = in_strand;
    point = (headset_from_head * vec4(in_point, 1.0)).xyz;
    gl_Position = project(point);
}
"""
)

LASH: Final = """
uniform vec4 lash;            // strands per card, half width, length, tone
uniform float seed;
uniform float unruly;         // how far strands lean
float hash(float x) { return fract(sin(x * 127.1 + seed * 311.7) * 43758.5453); }
float lash_alpha(vec2 strand) {
    float along = strand.y, alpha = 0.0;
    for (int layer = 0; layer < 2; ++layer) {
        float offset = float(layer) * 0.5;
        float lean_all = 0.0;
        float x = strand.x * lash.x + offset;
        float cell = floor(x);
        float a = hash(cell + 57.0 * float(layer));
        float lean = (a - 0.5) * unruly;
        float f = x - cell - 0.5 - lean * along * along * 0.6;
        float reach = lash.z * (0.4 + 0.6 * hash(cell + 13.0 + 57.0 * float(layer)));
        float width = lash.y * (1.0 - along / max(reach, 1e-3)) * (0.6 + 0.8 * a);
        float edge = fwidth(x) * 0.7 + 1e-4;
        float hit = along < reach ? 1.0 - smoothstep(width - edge, width + edge, abs(f)) : 0.0;
        // A strand thinner than a pixel covers only part of it.
        alpha = max(alpha, hit * min(1.0, 2.0 * width / edge + 0.15));
    }
    return alpha;
}
"""

LASH_FRAGMENT: Final = (
    _LIGHT
    + LASH
    + """
in vec2 strand; in vec3 point;
out vec4 colour;
void main() {
    float light = ambient;
    for (int i = 0; i < leds; ++i) {
        vec3 d = led[i].xyz - point;
        light += led[i].w / (dot(d, d) + 300.0);
    }
    colour = vec4(vec3(lash.w * light), lash_alpha(strand));
}
"""
)
