// Variant of search4 in src/shaders/sorted-common.wgsl.ts: search from the last place by steps that double.
//
// Idea: particles move little, so few looks from the last place should beat log2 s looks from nowhere.
// Measured: software adapter (SwiftShader), m = 131072, a busy machine, processor time of sorted_step without bins in
// nanoseconds per particle, least of six; "binary" is search_from4, which sorted_replica still has: two looks, then a
// binary search of four particles at once. The engine's cells came later: at m = 262144, s = 1e3 the whole step takes 91 ns
// with them and 121 with "binary" (least of 15), since 16 particles search together, and in the first 30 steps at
// dt = 0.05 at least one moves in 96 to 99 of 100 such groups.
//
//   s = 1e3, dt = 0.05   gallop 168   window of ±8 161   ±16 169   ±64 155   binary 144
//   s = 1e3, dt = 0.005  gallop 141   window of ±8 147   ±16 135   ±64 147   binary 125
//   s = 1e5, dt = 0.05   gallop 322   window of ±8 272   ±16 284   ±64 245   binary 245
//
// Four particles of four lanes run together; when one of them moves, all wait, and the loops diverge.
fn starts(a: f32, b: f32, x: f32) -> bool { return (fma(a, x, -b) > 0.0) == (a >= 0.0); }

// First index of each particle, by binary search; s if there is none.
fn search4(a: vec4f, b: vec4f, s: u32) -> vec4u {
  var k = vec4u(0u);
  for (var width = 1u << (31u - countLeadingZeros(s)); width > 0u; width >>= 1u) {
    let probe = k + vec4u(width);
    let at = min(probe, vec4u(s)) - vec4u(1u);
    let x = vec4f(sample_x(at.x), sample_x(at.y), sample_x(at.z), sample_x(at.w));
    k = select(k, probe, (probe <= vec4u(s)) & !starts4(a, b, x));
  }
  return k;
}

// The same for one particle that was at index k: steps that double, then binary search between the last two.
fn search_from(k: u32, a: f32, b: f32, s: u32) -> u32 {
  var low = 0u;
  var high = s;
  var width = 1u;
  if (k < s && !starts(a, b, sample_x(k))) {
    low = k + 1u;
    while (low + width <= s) {
      let at = low + width - 1u;
      if (starts(a, b, sample_x(at))) { high = at; break; }
      low = at + 1u;
      width <<= 1u;
    }
  } else {
    high = k;
    while (width <= high) {
      let at = high - width;
      if (!starts(a, b, sample_x(at))) { low = at + 1u; break; }
      high = at;
      width <<= 1u;
    }
  }
  while (low < high) {
    let at = (low + high) >> 1u;
    if (starts(a, b, sample_x(at))) { high = at; } else { low = at + 1u; }
  }
  return low;
}

// Most particles stay where they were: two looks tell. One that has changed the sign of a is searched anew.
fn search_from4(k: vec4u, a: vec4f, b: vec4f, s: u32) -> vec4u {
  let left = max(k, vec4u(1u)) - vec4u(1u);
  let right = min(k, vec4u(s - 1u));
  let x_left = vec4f(sample_x(left.x), sample_x(left.y), sample_x(left.z), sample_x(left.w));
  let x_right = vec4f(sample_x(right.x), sample_x(right.y), sample_x(right.z), sample_x(right.w));
  let stays = ((k == vec4u(0u)) | !starts4(a, b, x_left)) & ((k == vec4u(s)) | starts4(a, b, x_right));
  var found = k;
  if (!stays.x) { found.x = search_from(k.x, a.x, b.x, s); }
  if (!stays.y) { found.y = search_from(k.y, a.y, b.y, s); }
  if (!stays.z) { found.z = search_from(k.z, a.z, b.z, s); }
  if (!stays.w) { found.w = search_from(k.w, a.w, b.w, s); }
  return found;
}

// Variant of add_particles: the sums at the first bin as 64-bit pairs, values and their opposites converted apart. 321
// in place of 227 nanoseconds for the whole of sorted_step at s = 1e3; scalar code for each particle took 284.
