// A cloud's points, in GLSL. Colours are sRGB from the file to the screen.

import { CATEGORIES } from './categories'

export const COLOURINGS = ['picture', 'segments', 'depth'] as const
export type Colouring = (typeof COLOURINGS)[number]

const vec3 = (colour: readonly number[]) => `vec3(${colour.map((value) => (value / 255).toFixed(4)).join(', ')})`

// From far to near: night blue, violet, rose, amber.
export const DEPTHS: readonly (readonly [number, number, number])[] = [
  [38, 44, 96],
  [104, 62, 140],
  [200, 92, 112],
  [250, 202, 120],
]

export const VERTEX = /* glsl */ `
precision highp float;
precision highp int;
in vec4 rgbs;
out vec3 vColour;
flat out float vRound;
uniform mat4 uFromStored;
uniform float uSize;        // of a point, in the cloud's units
uniform bool uBySight;      // points are as far apart as they are far away
uniform float uPixels;      // of one unit at a distance of one
uniform int uColouring;
uniform float uShown[${CATEGORIES.length}];
uniform float uPulse[${CATEGORIES.length}];
uniform float uMove;        // how far a pulse moves a point, in the cloud's units or by sight
uniform bool uSurrounds;
uniform vec2 uDepths;       // of what is far and what is near
uniform bool uDisparity;    // near and far are told apart as eyes do it
uniform float uTime;
uniform vec3 uBackground;

const vec3 SEGMENTS[${CATEGORIES.length}] = vec3[](${CATEGORIES.map(({ colour }) => vec3(colour)).join(', ')});
const vec3 DEPTHS[${DEPTHS.length}] = vec3[](${DEPTHS.map(vec3).join(', ')});

// Points that are dimmed stay as a mist: one of so many.
const float MIST = 9.0;

float hash(int n) {
  uint h = uint(n) * 2654435769u;
  h ^= h >> 15; h *= 2246822519u; h ^= h >> 13;
  return float(h) / 4294967295.0;
}

vec3 byDepth(float nearness) {
  float at = clamp(nearness, 0.0, 1.0) * ${(DEPTHS.length - 1).toFixed(1)};
  int below = min(int(at), ${DEPTHS.length - 2});
  return mix(DEPTHS[below], DEPTHS[below + 1], at - float(below));
}

void main() {
  vec3 at = (uFromStored * vec4(position, 1.0)).xyz;
  int segment = min(int(rgbs.a * 255.0 + 0.5), ${CATEGORIES.length - 1});
  float far = uSurrounds ? length(at) : -at.z;
  float depth = uDisparity ? 1.0 / max(far, 1e-4) : far;
  float nearness = (depth - uDepths.x) / (uDepths.y - uDepths.x);
  if (uColouring == 1) vColour = SEGMENTS[segment];
  else if (uColouring == 2) vColour = byDepth(nearness);
  else vColour = rgbs.rgb;

  float pulse = uPulse[segment];
  float grown = 1.0;
  if (pulse > 0.0) {
    float own = hash(gl_VertexID);
    // The sky twinkles point by point, the ground sends waves from the near to the far, the rest swells as one.
    float beat = pulse;
    if (segment == 2) beat *= 0.35 + 1.3 * step(0.6, fract(own + uTime * 0.7));
    if (segment == 3) beat *= 0.6 + 0.4 * sin(far * 4.0 - uTime * 9.0);
    vec3 towards = uSurrounds ? -at / max(far, 1e-3) : vec3(0.0, segment == 3 ? 1.0 : 0.0, segment == 3 ? 0.0 : 1.0);
    at += towards * uMove * (uBySight ? length(at) : 1.0) * beat * (0.5 + own);
    grown += 0.8 * beat * step(1e-6, uMove);
    vColour = mix(vColour, vec3(1.0), 0.3 * clamp(beat, 0.0, 1.0)) * (0.92 + 0.2 * beat);
  }

  float shown = uShown[segment];
  if (shown < 0.5) {
    vColour = mix(uBackground, vColour, 0.4);
    if (hash(gl_VertexID) * MIST > 1.0) {
      gl_Position = vec4(0.0, 0.0, 2.0, 1.0); // beyond the far plane
      gl_PointSize = 1.0;
      return;
    }
  }

  vec4 eye = modelViewMatrix * vec4(at, 1.0);
  gl_Position = projectionMatrix * eye;
  float size = uSize * (uBySight ? length(at) : 1.0) * grown * uPixels / max(-eye.z, 1e-4);
  gl_PointSize = clamp(size, 1.0, 96.0);
  vRound = step(3.0, size);
}`

export const FRAGMENT = /* glsl */ `
precision highp float;
in vec3 vColour;
flat in float vRound;
out vec4 colour;
void main() {
  vec2 from = gl_PointCoord - 0.5;
  if (vRound > 0.5 && dot(from, from) > 0.25) discard;
  colour = vec4(vColour, 1.0);
}`

export const COPY_VERTEX = /* glsl */ `
void main() {
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`

/** Lays a picture on the canvas and closes its cracks: what is empty between two points that are near each other. */
export const COPY_FRAGMENT = /* glsl */ `
precision highp float;
out vec4 colour;
uniform sampler2D uPicture;
uniform vec3 uBackground;
uniform int uReach; // pixels from the middle of a crack to its sides

// Fewer points than that about a place are dust and no surface with a crack in it.
const float SURFACE = 0.3;

float share(ivec2 at) {
  float found = 0.0;
  for (int y = -3; y <= 3; y++)
    for (int x = -3; x <= 3; x++) found += step(0.5, texelFetch(uPicture, at + ivec2(x, y), 0).a);
  return found / 49.0;
}

// The nearest points on both sides and how near they are; a = 0 where there is none.
vec4 between(ivec2 at, ivec2 aside) {
  vec4 before = vec4(0.0), behind = vec4(0.0);
  float nearBefore = 0.0, nearBehind = 0.0;
  for (int i = 1; i <= uReach; i++) {
    vec4 one = texelFetch(uPicture, at - i * aside, 0);
    vec4 other = texelFetch(uPicture, at + i * aside, 0);
    if (nearBefore == 0.0 && one.a > 0.5) { before = one; nearBefore = 1.0 / float(i); }
    if (nearBehind == 0.0 && other.a > 0.5) { behind = other; nearBehind = 1.0 / float(i); }
  }
  if (nearBefore == 0.0 || nearBehind == 0.0) return vec4(0.0);
  float behindIt = nearBehind / (nearBefore + nearBehind);
  return vec4(mix(before.rgb, behind.rgb, behindIt), max(nearBefore, nearBehind));
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  colour = texelFetch(uPicture, at, 0);
  if (colour.a < 0.5) {
    vec4 upright = between(at, ivec2(0, 1)), level = between(at, ivec2(1, 0));
    vec4 closer = upright.a >= level.a ? upright : level;
    colour = closer.a > 0.0 && share(at) > SURFACE ? closer : vec4(uBackground, 1.0);
  }
  colour.a = 1.0;
}`
