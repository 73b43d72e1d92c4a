// scan: inclusive prefix sums of rows of unsigned numbers, exact, so that the order of additions does not matter.
//
//   items[r][n] ← items[r][0] + … + items[r][n],   n < count
//
// Blocks of 1024: `scan_blocks` scans every block in place and leaves its total; the totals are scanned in turn, and
// `scan_add` adds to every block what lies before it. Numbers are u32, or fixed point: vec2u of whole part and
// fraction in units of 2⁻³². One workgroup = one block of one row, an equal share of neighbours per invocation.
import { wgsl } from './preprocess.ts';

/** Items of one workgroup. */
export const SCAN_BLOCK = 1024;

/** What is added: whole numbers, or fixed-point numbers of 32 + 32 bits. */
export type ScanNumber = 'whole' | 'fixed';

const NUMBERS: Record<ScanNumber, string> = {
  whole: /* wgsl */ `
alias Number = u32;
fn plus(x: u32, y: u32) -> u32 { return x + y; }`,
  fixed: /* wgsl */ `
alias Number = vec2u;
fn plus(x: vec2u, y: vec2u) -> vec2u {
  let fraction = x.y + y.y;
  return vec2u(x.x + y.x + select(0u, 1u, fraction < x.y), fraction);
}`,
};

const SCAN = /* wgsl */ `
struct Scan {
  count: u32,   // items of a row
  stride: u32,  // items from one row to the next
  blocks: u32,  // blocks of a row
}
@group(0) @binding(0) var<uniform> scan: Scan;
@group(1) @binding(0) var<storage, read_write> items: array<Number>;  // [R][stride]
@group(1) @binding(1) var<storage, read_write> totals: array<Number>; // [R][blocks]
`;

/** Scans every block in place and writes its total. */
export function scanBlocksShader(number: ScanNumber): string {
  return wgsl`${NUMBERS[number]}${SCAN}
override WORKGROUP: u32 = 64;
var<workgroup> lanes: array<Number, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn scan_blocks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= scan.blocks) { return; }
  let share = ${SCAN_BLOCK}u / WORKGROUP;
  let first = ${SCAN_BLOCK}u * block + share * lane;
  let end = min(first + share, scan.count);
  let row = group.z * scan.stride;
  var sum = Number();
  for (var n = first; n < end; n++) { sum = plus(sum, items[row + n]); }
  lanes[lane] = sum;
  workgroupBarrier();
  for (var reach = 1u; reach < WORKGROUP; reach <<= 1u) {
    var own = lanes[lane];
    if (lane >= reach) { own = plus(lanes[lane - reach], own); }
    workgroupBarrier();
    lanes[lane] = own;
    workgroupBarrier();
  }
  var before = Number();
  if (lane > 0u) { before = lanes[lane - 1u]; }
  for (var n = first; n < end; n++) {
    before = plus(before, items[row + n]);
    items[row + n] = before;
  }
  if (lane == WORKGROUP - 1u) { totals[group.z * scan.blocks + block] = lanes[lane]; }
}
`;
}

/** Adds the scanned totals of the blocks before. One invocation = 16 neighbours. */
export function scanAddShader(number: ScanNumber): string {
  return wgsl`${NUMBERS[number]}${SCAN}
@compute @workgroup_size(64)
fn scan_add(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block == 0u || block >= scan.blocks) { return; }
  let before = totals[group.z * scan.blocks + block - 1u];
  let first = 1024u * block + 16u * lane;
  let row = group.z * scan.stride;
  for (var n = first; n < min(first + 16u, scan.count); n++) {
    items[row + n] = plus(before, items[row + n]);
  }
}
`;
}

/**
 * WGSL function `owner_of(r, slot, n)`: the least p < n with reached(r, p) > slot, for a scanned row that does not
 * fall. With counts 0 and 1 this is compaction: slot number `slot` of the result holds item p. The shader
 * defines `reached`. `owner_from(r, slot, n, start)` is the same where the owner is known not to lie before `start`; it
 * takes few reads where it lies close behind.
 */
export const OWNER = /* wgsl */ `
fn owner_between(r: u32, slot: u32, first: u32, last: u32) -> u32 {
  var low = first;
  var high = last;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (reached(r, middle) > slot) { high = middle; } else { low = middle + 1u; }
  }
  return low;
}
fn owner_of(r: u32, slot: u32, n: u32) -> u32 { return owner_between(r, slot, 0u, n - 1u); }
fn owner_from(r: u32, slot: u32, n: u32, start: u32) -> u32 {
  var low = start;
  var high = start;
  var reach = 1u;
  while (high < n - 1u && reached(r, high) <= slot) {
    low = high + 1u;
    high = min(high + reach, n - 1u);
    reach <<= 1u;
  }
  return owner_between(r, slot, low, high);
}
`;
