import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import { tensorBytes } from '../../packages/opml/src/graph/shape.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import type { Operator } from '../../packages/opml/src/ops/operator.ts'
import { testEngine } from './engineProgram.ts'
import { programOfChains } from './samples/programOfChains.ts'
import { programOfSamples } from './samples/programOfSamples.ts'
import type { Sample } from './samples/sample.ts'
import { ENGINE_SHAPES } from './samples/engineShapes.ts'
import { SAMPLERS } from './samples/samplers.ts'

const SAMPLES_EACH = 300
const BLOCK_BYTES = 128
const CHAINS_EACH = 100
/** Each with every choice of the first two operands as constants. */
const COPIES_EACH = 4

const kernels = new PortableKernels()

/** The portable kernels' output; `operators.test.ts` holds these against the reference and the guest. */
function portableBytes({ node, operands }: Sample): Uint8Array {
  const length = tensorBytes(node.shape, node.dtype)
  const descriptor = encodeDescriptor(node, OPERATOR_TABLE.named(node.op) as Operator)
  return kernels.blocks(descriptor, operands, { first: 0, count: Math.ceil(length / BLOCK_BYTES) }).subarray(0, length)
}

/** Each operator with Maps behind it; the portable kernels run them node by node. */
const chains = Object.entries(SAMPLERS).map(([name, sampler]) => {
  const random = seededRandom(20_28)
  const { program, inputs, constants } = programOfChains(
    Array.from({ length: CHAINS_EACH }, () => sampler(random)),
    random,
  )
  const portable = new PortableExecutor({ kernels, operators: OPERATOR_TABLE })
  return { name, program, inputs, constants, expected: portable.run(program, { inputs, constants }) }
})

/** Shape for shape, in copies; their expected outputs are computed once for all numbers of threads. */
const shapes = ENGINE_SHAPES.map(({ name, sample }) => {
  const random = seededRandom(20_27)
  const samples = Array.from({ length: COPIES_EACH }, () => sample(random))
  return { name, samples, expected: samples.map(portableBytes) }
})

function expectSame(actual: readonly Uint8Array[], samples: readonly Sample[]): void {
  samples.forEach((sample, i) => {
    const expected = portableBytes(sample)
    if (Buffer.compare(actual[i] as Uint8Array, expected) !== 0)
      expect(actual[i], `sample ${i}: ${JSON.stringify(sample.node)}`).toEqual(expected)
  })
}

describe.each([
  { numThreads: 1, compilesStrips: true },
  { numThreads: 2, compilesStrips: true },
  { numThreads: 3, compilesStrips: true },
  { numThreads: 1, compilesStrips: false },
])('with $numThreads threads, micro-ops compiled: $compilesStrips,', ({ numThreads, compilesStrips }) => {
  const engine = testEngine(numThreads, { compilesStrips })
  afterAll(() => engine.close())

  test.each(Object.entries(SAMPLERS))(
    'differential: %s in the engine has the bits of the portable kernels',
    async (_, sampler) => {
      const random = seededRandom(20_26)
      const samples = Array.from({ length: SAMPLES_EACH }, () => sampler(random))
      const { program, inputs, constants } = programOfSamples(
        samples,
        ({ sample, place }) => ((sample >> place) & 1) === 0,
      )
      const loaded = engine.load(program, constants)
      expectSame(await loaded.run(inputs), samples)
      expectSame(await loaded.run(inputs), samples)
      loaded.close()
    },
  )

  test.each(chains)(
    'differential: $name with what follows it strip by strip has the bits of the portable kernels',
    async ({ program, inputs, constants, expected }) => {
      const loaded = engine.load(program, constants)
      const outputs = await loaded.run(inputs)
      loaded.close()
      const wrong = expected.flatMap((bytes, i) => (Buffer.compare(bytes, outputs[i] as Uint8Array) === 0 ? [] : [i]))
      expect(wrong.map((i) => program.outputs[i]?.name)).toEqual([])
    },
  )

  test('differential: shapes that reach every kernel of the engine have the bits of the portable kernels', async () => {
    const samples = shapes.flatMap((shape) => shape.samples)
    const { program, inputs, constants } = programOfSamples(
      samples,
      ({ sample, place }) => ((sample >> place) & 1) === 0,
    )
    const loaded = engine.load(program, constants)
    const outputs = await loaded.run(inputs)
    loaded.close()
    const isSame = (shape: number) =>
      shapes[shape]?.expected.every(
        (bytes, i) => Buffer.compare(bytes, outputs[COPIES_EACH * shape + i] as Uint8Array) === 0,
      )
    expect(shapes.filter((_, i) => !isSame(i)).map(({ name }) => name)).toEqual([])
  })
})
