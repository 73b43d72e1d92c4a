// A known-answer test of a freshly opened device: some back ends accept everything and return garbage.

const COUNT = 1000;

const CODE = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> answer: array<u32>;
var<workgroup> shared_sum: array<u32, 64>;
@compute @workgroup_size(64)
fn self_test(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  shared_sum[lane] = lane;
  workgroupBarrier();
  let root = u32(sqrt(f32(id.x * id.x)) + 0.5);
  if (id.x < ${COUNT}u) { answer[id.x] = id.x * 2654435761u + root + shared_sum[63u - lane]; }
}`;

/** Runs the test; null when the device computes as it should, else what went wrong. */
export async function selfTest(gpu: GPUDevice): Promise<string | null> {
  gpu.pushErrorScope('validation');
  const answers = await compute(gpu).catch((error: unknown) => String(error).split('\n')[0]);
  const error = await gpu.popErrorScope().catch(() => null);
  if (error !== null) return error.message.split('\n')[0];
  if (typeof answers === 'string') return answers;
  const wrong = answers.findIndex(
    (answer, i) => answer !== (Math.imul(i, 2654435761) + i + 63 - (i % 64)) >>> 0,
  );
  return wrong < 0 ? null : `value ${wrong} is ${answers[wrong]}`;
}

async function compute(gpu: GPUDevice): Promise<Uint32Array> {
  const size = 4 * COUNT;
  const module = gpu.createShaderModule({ label: 'self_test', code: CODE });
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const buffer = gpu.createBuffer({
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
  });
  const staging = gpu.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const group = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(Math.ceil(COUNT / 64));
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const answers = new Uint32Array(staging.getMappedRange().slice(0));
  buffer.destroy();
  staging.destroy();
  return answers;
}
