/** The numbers that are multiplied: f32, or 16-bit integers in pairs. */
export type MacKind = 'f32' | 'i16'

/** One vector's product and addition: opcodes after the SIMD prefix, multiply-adds in them. */
const STEPS = {
  f32: { multiply: [0xe6, 1], add: [0xe4, 1], macs: 4 },
  i16: { multiply: [0xba, 1], add: [0xae, 1], macs: 8 },
}

/** Loops of WebAssembly: so many vectors loaded on each side, all products added up, and how often the loop's body has that. */
interface LoopShape {
  readonly numX: number
  readonly numY: number
  readonly unroll: number
}

/**
 * The best rate of these is what a kernel can reach: an engine puts a body's loads before its sums, so that a longer body does not have
 * the registers for them, and a shorter one has more loads, or more of the loop's own instructions, for each product.
 */
const SHAPES: readonly LoopShape[] = [
  { numX: 4, numY: 2, unroll: 1 },
  { numX: 2, numY: 2, unroll: 1 },
  { numX: 2, numY: 2, unroll: 2 },
]
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
function peakModule(kind: MacKind, { numX, numY, unroll }: LoopShape): Uint8Array<ArrayBuffer> {
  const { multiply, add } = STEPS[kind]
  const numAcc = numX * numY
  const [get, set] = [(i: number) => [0x20, ...leb(i)], (i: number) => [0x21, ...leb(i)]]
  const acc = (r: number, c: number) => 1 + r * numY + c
  const load = (i: number, offset: number) => [0x41, 0, 0xfd, 0x00, 4, ...leb(offset), ...set(1 + numAcc + i)]
  const loop: number[] = []
  for (let u = 0; u < unroll; u++) {
    for (let i = 0; i < numX + numY; i++) loop.push(...load(i, (u * (numX + numY) + i) * VECTOR_BYTES))
    for (let r = 0; r < numX; r++)
      for (let c = 0; c < numY; c++) {
        const [x, y] = [get(1 + numAcc + r), get(1 + numAcc + numX + c)]
        loop.push(...get(acc(r, c)), ...x, ...y, 0xfd, ...multiply, 0xfd, ...add, ...set(acc(r, c)))
      }
  }
  const keep = Array.from({ length: numAcc }, (_, i) => [0x41, 0, ...get(1 + i), 0xfd, 0x0b, 4, ...leb(4096 + 16 * i)])
  const next = [...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0]
  const body = [1, ...leb(numAcc + numX + numY), V128, 0x03, 0x40, ...loop, ...next, 0x0b, ...keep.flat(), 0x0b]
  return new Uint8Array([
    ...HEADER,
    ...section(1, [1, 0x60, 1, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}

/** Multiply-adds a second of one thread: the best of some rounds of each shape, by turns. */
export function macPeak(kind: MacKind): number {
  const loops = SHAPES.map((shape) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(peakModule(kind, shape)))
    // SAFETY: the module above exports this function.
    const run = exports['run'] as (n: number) => void
    run(ITERATIONS)
    return { run, macs: ITERATIONS * shape.unroll * shape.numX * shape.numY * STEPS[kind].macs }
  })
  let best = 0
  for (let round = 0; round < ROUNDS; round++)
    for (const { run, macs } of loops) {
      const start = performance.now()
      run(ITERATIONS)
      best = Math.max(best, macs / ((performance.now() - start) / 1000))
    }
  return best
}
