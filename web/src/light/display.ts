// Scene light → screen, in GLSL, as the server's preview does it (imaging/tonemap.py): what is drawn here and what
// was drawn there stand beside each other. The identity up to 0.6, then a logarithm that reaches white six stops up,
// paler on the way.

export const DISPLAY = /* glsl */ `
const float SHOULDER = 0.6;
const float STOPS = 6.0;
const float REACH = 0.0570235;

vec3 toneMapped(vec3 light) {
  float peak = max(light.r, max(light.g, light.b));
  if (peak <= SHOULDER) return light;
  float shown = min(1.0, SHOULDER + REACH * log(1.0 + (peak - SHOULDER) / REACH));
  float paler = clamp(log2(max(peak, 1.0)) / STOPS, 0.0, 1.0);
  return mix(light * (shown / peak), vec3(shown), paler);
}

vec3 encoded(vec3 linear) {
  return mix(12.92 * linear, 1.055 * pow(max(linear, 0.0), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, linear));
}`

/** Where a direction lies in an equirectangular texture, and the angle between two unit vectors. */
export const SPHERE = /* glsl */ `
const float PI = 3.14159265358979;

vec2 latlong(vec3 d) {
  return vec2(atan(d.x, -d.z) / (2.0 * PI) + 0.5, 0.5 - asin(clamp(d.y, -1.0, 1.0)) / PI);
}

float angleBetween(vec3 a, vec3 b) {
  return 2.0 * asin(min(1.0, 0.5 * distance(a, b)));
}`
