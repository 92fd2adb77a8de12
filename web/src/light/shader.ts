// Three spheres on a shadow catcher, traced in one fragment shader: mirror, rough silver, matte.
// The surrounding's light is looked up in maps made beforehand; the sun is analytic, so that moving it costs nothing.

import { DISPLAY, SPHERE } from './display'

export const VERTEX = /* glsl */ `
out vec2 vPosition;
void main() {
  vPosition = position.xy;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`

export const FRAGMENT = /* glsl */ `
precision highp float;

in vec2 vPosition;
out vec4 colour;

uniform sampler2D uMap;         // radiance, with mip levels
uniform sampler2D uGlossy;      // radiance as the silver sphere mirrors it
uniform sampler2D uIrradiance;  // irradiance over pi
uniform float uMapHeight;
uniform mat3 uWorldToMap;
uniform vec3 uSunDirection;     // in the world
uniform vec3 uSunIrradiance;    // radiance times solid angle
uniform float uSunRadius;
uniform float uExposure;        // a factor
uniform vec2 uFrame;            // tangents of half the field of view
uniform vec2 uPixel;            // one pixel in vPosition
uniform mat3 uCamera;           // camera axes to world
uniform vec3 uEye;
uniform float uBackdropLod;

${SPHERE}
${DISPLAY}
const float ALPHA = 0.33 * 0.33;
const vec3 SILVER = vec3(0.92, 0.90, 0.87);
const float MATTE = 0.8;
const float FAR = 1e9;
const int SAMPLES = 2;

vec2 inMap(vec3 d) { return latlong(uWorldToMap * d); }

vec3 surrounding(vec3 d, float footprint) {
  return textureLod(uMap, inMap(d), log2(max(1.0, footprint * uMapHeight / PI))).rgb;
}

// The sun's disc as a pixel of this footprint sees it: never smaller than the pixel, its energy kept.
vec3 sunDisc(vec3 d, float footprint) {
  float radius = max(uSunRadius, footprint);
  float inside = 1.0 - smoothstep(0.8 * radius, 1.2 * radius, angleBetween(d, uSunDirection));
  return uSunIrradiance * inside / (PI * radius * radius);
}

vec3 centre(int i) { return vec3(float(i - 1) * 2.25, 0.0, 0.0); }

float hitSphere(vec3 o, vec3 d, vec3 c) {
  vec3 oc = o - c;
  float b = dot(oc, d);
  float h = b * b - dot(oc, oc) + 1.0;
  if (h < 0.0) return FAR;
  float t = -b - sqrt(h);
  return t > 1e-3 ? t : FAR;
}

// Share of the sun that the other spheres leave: their limbs against the sun's disc.
float sunlight(vec3 p, int self) {
  float light = 1.0;
  for (int i = 0; i < 3; i++) {
    if (i == self) continue;
    vec3 to = centre(i) - p;
    float distance = length(to);
    if (dot(to, uSunDirection) <= 0.0) continue;
    float angle = acos(clamp(dot(to / distance, uSunDirection), -1.0, 1.0));
    float limb = asin(min(1.0, 1.0 / distance));
    float soft = max(uSunRadius, 0.02);
    light *= smoothstep(limb - soft, limb + soft, angle);
  }
  return light;
}

// Share of the surrounding's light on a surface that the other spheres leave: each takes cos * (1/distance)^2.
float openness(vec3 p, vec3 n, int self) {
  float taken = 0.0;
  for (int i = 0; i < 3; i++) {
    if (i == self) continue;
    vec3 to = centre(i) - p;
    float square = dot(to, to);
    taken += max(0.0, dot(n, to) / sqrt(square)) / square;
  }
  return clamp(1.0 - taken, 0.0, 1.0);
}

vec3 matte(vec3 p, vec3 n, int self) {
  vec3 fill = texture(uIrradiance, inMap(n)).rgb * openness(p, n, self);
  float cosine = dot(n, uSunDirection);
  float soft = max(sin(uSunRadius), 1e-4);
  float facing = cosine > soft ? cosine : (cosine < -soft ? 0.0 : (cosine + soft) * (cosine + soft) / (4.0 * soft));
  return MATTE * (fill + uSunIrradiance * facing * sunlight(p, self) / PI);
}

vec3 silver(vec3 p, vec3 n, vec3 d, int self) {
  vec3 r = reflect(d, n);
  vec3 light = texture(uGlossy, inMap(r)).rgb;
  float nl = dot(n, uSunDirection);
  if (nl > 0.0) {
    float nv = max(1e-3, -dot(n, d));
    vec3 h = normalize(uSunDirection - d);
    float nh = dot(n, h);
    float alpha2 = ALPHA * ALPHA + 0.25 * uSunRadius * uSunRadius; // the disc widens the lobe, the lobe keeps its sum
    float t = nh * nh * (alpha2 - 1.0) + 1.0;
    float lobe = alpha2 / (PI * t * t);
    float visible = 0.5 / (nl * sqrt(nv * nv * (1.0 - alpha2) + alpha2) + nv * sqrt(nl * nl * (1.0 - alpha2) + alpha2));
    light += uSunIrradiance * lobe * visible * nl * sunlight(p, self);
  }
  return SILVER * light;
}

// What the shadow catcher leaves of the backdrop: light with the spheres there over light without.
vec3 caught(vec3 p) {
  vec3 up = vec3(0.0, 1.0, 0.0);
  vec3 fill = texture(uIrradiance, inMap(up)).rgb;
  vec3 sun = uSunIrradiance * max(0.0, uSunDirection.y) / PI;
  vec3 full = fill + sun;
  return (fill * openness(p, up, -1) + sun * sunlight(p, -1)) / max(full, vec3(1e-6));
}

vec3 background(vec3 o, vec3 d, float footprint) {
  vec3 light = surrounding(d, footprint) + sunDisc(d, footprint);
  if (d.y < -1e-3) light *= caught(o + d * ((-1.0 - o.y) / d.y));
  return light;
}

vec3 trace(vec3 o, vec3 d, float pixel, float backdrop) {
  int hit = -1;
  float t = FAR;
  for (int i = 0; i < 3; i++) {
    float s = hitSphere(o, d, centre(i));
    if (s < t) { t = s; hit = i; }
  }
  if (hit < 0) return background(o, d, max(pixel, backdrop));
  vec3 p = o + d * t;
  vec3 n = p - centre(hit);
  if (hit == 1) return silver(p, n, d, 1);
  if (hit == 2) return matte(p, n, 2);
  // The mirror: one bounce, its curvature widens what a pixel sees.
  vec3 r = reflect(d, n);
  float footprint = pixel * (1.0 + 2.0 * t / max(0.15, -dot(n, d)));
  vec3 q;
  if (hitSphere(p, r, centre(1)) < FAR) { q = p + r * hitSphere(p, r, centre(1)); return 0.95 * silver(q, q - centre(1), r, 1); }
  if (hitSphere(p, r, centre(2)) < FAR) { q = p + r * hitSphere(p, r, centre(2)); return 0.95 * matte(q, q - centre(2), 2); }
  return 0.95 * background(p, r, footprint);
}

void main() {
  vec3 sum = vec3(0.0);
  float pixel = uPixel.y * uFrame.y / float(SAMPLES);
  for (int j = 0; j < SAMPLES; j++)
    for (int i = 0; i < SAMPLES; i++) {
      vec2 offset = (vec2(float(i), float(j)) + 0.5) / float(SAMPLES) - 0.5;
      vec2 at = (vPosition + offset * uPixel) * uFrame;
      vec3 d = uCamera * normalize(vec3(at, -1.0));
      sum += toneMapped(trace(uEye, d, pixel, uBackdropLod) * uExposure);
    }
  colour = vec4(encoded(sum / float(SAMPLES * SAMPLES)), 1.0);
}`
