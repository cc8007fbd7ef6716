/** The numbers that are multiplied: f32, or 16-bit integers in pairs. */
export type MacKind = 'f32' | 'i16'

/** One vector's product and addition: opcodes after the SIMD prefix, multiply-adds in them. */
const STEPS = {
  f32: { multiply: [0xe6, 1], add: [0xe4, 1], macs: 4 },
  i16: { multiply: [0xba, 1], add: [0xae, 1], macs: 8 },
}

/** One SIMD loop of WebAssembly, with six loads for eight multiply-adds of vectors: what a kernel can reach at best. */
const [NUM_X, NUM_Y, UNROLL] = [4, 2, 4]
const NUM_ACC = NUM_X * NUM_Y
const VECTOR_BYTES = 16
const ITERATIONS = 2_000_000
const ROUNDS = 7

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const V128 = 0x7b
const I32 = 0x7f
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}

/** `run(n)`: n rounds of the loop, all sums kept alive. */
function peakModule(kind: MacKind): Uint8Array<ArrayBuffer> {
  const { multiply, add } = STEPS[kind]
  const [get, set] = [(i: number) => [0x20, ...leb(i)], (i: number) => [0x21, ...leb(i)]]
  const acc = (r: number, c: number) => 1 + r * NUM_Y + c
  const load = (i: number, offset: number) => [0x41, 0, 0xfd, 0x00, 4, ...leb(offset), ...set(1 + NUM_ACC + i)]
  const loop: number[] = []
  for (let u = 0; u < UNROLL; u++) {
    for (let i = 0; i < NUM_X + NUM_Y; i++) loop.push(...load(i, (u * (NUM_X + NUM_Y) + i) * VECTOR_BYTES))
    for (let r = 0; r < NUM_X; r++)
      for (let c = 0; c < NUM_Y; c++) {
        const [x, y] = [get(1 + NUM_ACC + r), get(1 + NUM_ACC + NUM_X + c)]
        loop.push(...get(acc(r, c)), ...x, ...y, 0xfd, ...multiply, 0xfd, ...add, ...set(acc(r, c)))
      }
  }
  const keep = Array.from({ length: NUM_ACC }, (_, i) => [0x41, 0, ...get(1 + i), 0xfd, 0x0b, 4, ...leb(4096 + 16 * i)])
  const next = [...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0]
  const body = [1, ...leb(NUM_ACC + NUM_X + NUM_Y), V128, 0x03, 0x40, ...loop, ...next, 0x0b, ...keep.flat(), 0x0b]
  return new Uint8Array([
    ...HEADER,
    ...section(1, [1, 0x60, 1, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}

/** Multiply-adds a second of one thread: the best of some rounds. */
export function macPeak(kind: MacKind): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(peakModule(kind)))
  // SAFETY: the module above exports this function.
  const run = exports['run'] as (n: number) => void
  run(ITERATIONS)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    run(ITERATIONS)
    best = Math.min(best, performance.now() - start)
  }
  return (ITERATIONS * UNROLL * NUM_ACC * STEPS[kind].macs) / (best / 1000)
}
