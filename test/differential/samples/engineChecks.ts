import { type Engine, PortableExecutor, PortableKernels } from 'opml/engine'
import { seededRandom } from 'opml/core'
import { encodeDescriptor, tensorBytes } from 'opml/graph'
import { OPERATOR_TABLE, type Operator } from 'opml/ops'
import { ENGINE_SHAPES } from './engineShapes.ts'
import { programOfChains } from './programOfChains.ts'
import { programOfSamples } from './programOfSamples.ts'
import type { Sample, Sampler } from './sample.ts'
import { FIXED_SAMPLES, SAMPLERS } from './samplers.ts'

const SAMPLES_EACH = 300
const BLOCK_BYTES = 128
const CHAINS_EACH = 100
/** Each with every choice of the first two operands as constants. */
const COPIES_EACH = 4

/** One comparison of the engine with the portable kernels, on the same samples every time. */
export interface EngineCheck {
  readonly title: string
  /** The outputs that differ; none when the engine is right. */
  readonly differences: (engine: Engine) => Promise<string[]>
}

/** Ways to run the engine, each of which gives the same bits. */
export const ENGINE_WAYS: readonly { readonly numThreads: number; readonly compilesStrips: boolean }[] = [
  { numThreads: 1, compilesStrips: true },
  { numThreads: 2, compilesStrips: true },
  { numThreads: 3, compilesStrips: true },
  { numThreads: 1, compilesStrips: false },
]

const kernels = new PortableKernels()

/** What `make` makes at the first call; the engines of all ways are held against it. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** The portable kernels' output; `operators.test.ts` holds these against the reference and the guest. */
function portableBytes({ node, operands }: Sample): Uint8Array {
  const length = tensorBytes(node.shape, node.dtype)
  const descriptor = encodeDescriptor(node, OPERATOR_TABLE.named(node.op) as Operator)
  return kernels.blocks(descriptor, operands, { first: 0, count: Math.ceil(length / BLOCK_BYTES) }).subarray(0, length)
}

function wrongOutputs(p: {
  names: readonly string[]
  expected: readonly Uint8Array[]
  outputs: readonly Uint8Array[]
}): string[] {
  return p.names.flatMap((name, i) => {
    const [expected, output] = [p.expected[i], p.outputs[i]] as [Uint8Array, Uint8Array]
    const at = expected.findIndex((byte, b) => byte !== output[b])
    return at < 0 ? [] : [`${name}, byte ${at}: ${output[at]}, not ${expected[at]}`]
  })
}

/** All samples as one program, which runs twice. */
function samplesCheck(title: string, make: () => { samples: Sample[]; names: string[] }): EngineCheck {
  const made = once(() => {
    const { samples, names } = make()
    const program = programOfSamples(samples, ({ sample, place }) => ((sample >> place) & 1) === 0)
    return { ...program, names, expected: samples.map(portableBytes) }
  })
  return {
    title,
    differences: async (engine) => {
      const { program, inputs, constants, names, expected } = made()
      const loaded = engine.load(program, constants)
      const first = wrongOutputs({ names, expected, outputs: await loaded.run(inputs) })
      const second = wrongOutputs({ names, expected, outputs: await loaded.run(inputs) })
      loaded.close()
      return first.length > 0 ? first : second
    },
  }
}

function operatorCheck([name, sampler]: [string, Sampler]): EngineCheck {
  return samplesCheck(`differential: ${name} in the engine has the bits of the portable kernels`, () => {
    const random = seededRandom(20_26)
    const drawn = Array.from({ length: SAMPLES_EACH }, () => sampler(random))
    const samples = [...drawn, ...(FIXED_SAMPLES[name] ?? [])]
    return { samples, names: samples.map(({ node }, i) => `sample ${i}: ${JSON.stringify(node)}`) }
  })
}

/** The operator with Maps behind it; the portable kernels run them node by node. */
function chainsCheck([name, sampler]: [string, Sampler]): EngineCheck {
  const made = once(() => {
    const random = seededRandom(20_28)
    const samples = Array.from({ length: CHAINS_EACH }, () => sampler(random))
    const { program, inputs, constants } = programOfChains(samples, random)
    const portable = new PortableExecutor({ kernels, operators: OPERATOR_TABLE })
    return { program, inputs, constants, expected: portable.run(program, { inputs, constants }) }
  })
  return {
    title: `differential: '${name}' with what follows it strip by strip has the bits of the portable kernels`,
    differences: async (engine) => {
      const { program, inputs, constants, expected } = made()
      const loaded = engine.load(program, constants)
      const outputs = await loaded.run(inputs)
      loaded.close()
      return wrongOutputs({ names: program.outputs.map((output) => `node ${output.name}`), expected, outputs })
    },
  }
}

const shapesCheck = samplesCheck(
  'differential: shapes that reach every kernel of the engine have the bits of the portable kernels',
  () => {
    const copies = ENGINE_SHAPES.map(({ name, sample }) => {
      const random = seededRandom(20_27)
      return Array.from({ length: COPIES_EACH }, () => ({ name, sample: sample(random) }))
    }).flat()
    return { samples: copies.map(({ sample }) => sample), names: copies.map(({ name }) => name) }
  },
)

/** Every comparison, the quick ones first. */
export const ENGINE_CHECKS: readonly EngineCheck[] = [
  ...Object.entries(SAMPLERS).map(operatorCheck),
  ...Object.entries(SAMPLERS).map(chainsCheck),
  shapesCheck,
]
