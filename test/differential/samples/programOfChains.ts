import type { SeededRandom } from 'opml/core'
import {
  type Dtype,
  denseStrides,
  dtypeInfo,
  type MicroOp,
  type Node,
  type Operand,
  type Program,
  type TensorType,
  type ValueClass,
} from 'opml/graph'
import { programOfSamples } from './programOfSamples.ts'
import { pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

const MAX_FOLLOWERS = 10
const CLASSES: readonly ValueClass[] = ['f32', 'i32', 'i64']
const CONVERSIONS: Readonly<Record<string, string>> = {
  'f32 i32': 'i32.trunc_sat_f32_s',
  'f32 i64': 'i64.trunc_sat_f32_s',
  'i32 f32': 'f32.convert_i32_s',
  'i32 i64': 'i64.extend_i32_s',
  'i64 f32': 'f32.convert_i64_s',
  'i64 i32': 'i32.wrap_i64',
}
const BINARY = ['add', 'sub', 'mul'] as const

const op = (name: string, sources: MicroOp['sources'], imm = 0): MicroOp => ({ name, sources, imm })
const classOf = (dtype: Dtype): ValueClass => dtypeInfo(dtype).valueClass

/** An operand that is node `index`, read element by element, or turned around so that no chain can take it so. */
function operandOf({ dtype, shape }: Node, index: number, isTurned = false): Operand {
  const strides = denseStrides(shape)
  const last = shape.length - 1
  const layout = isTurned
    ? { strides: strides.map((stride, d) => (d === last ? -stride : stride)), offset: (shape[last] ?? 1) - 1 }
    : { strides, offset: 0 }
  return { ref: { kind: 'node', index }, dtype, layout: { kind: 'view', ...layout } }
}

/** A Map over node `at - 1`, and now and then an earlier node of the same elements, from `head` on. */
function follower(random: SeededRandom, nodes: readonly Node[], head: number): Node {
  const at = nodes.length
  const previous = nodes[at - 1] as Node
  const { shape } = previous
  const from = classOf(previous.dtype)
  const isTurned = shape.length > 0 && random.below(12) === 0
  const a = operandOf(previous, at - 1, isTurned)
  const to = pickOne(random, CLASSES)
  const conversion = CONVERSIONS[`${from} ${to}`]
  if (conversion !== undefined && random.below(3) === 0) {
    const microOps = [op('load', [0]), op(conversion, [0])]
    return { op: 'Map', dtype: pickDtype(random, [to]), shape, operands: [a], attributes: {}, microOps }
  }
  const dtype = pickDtype(random, [from])
  const other = pickInt(random, head, at - 1)
  if (classOf((nodes[other] as Node).dtype) === from && random.below(2) === 0) {
    const microOps = [op('load', [0]), op('load', [1]), op(`${from}.${pickOne(random, BINARY)}`, [1, 0])]
    const b = operandOf(nodes[other] as Node, other)
    return { op: 'Map', dtype, shape, operands: [a, b], attributes: {}, microOps }
  }
  const imm = from === 'f32' ? 0x40490fdb : pickInt(random, -9, 9)
  const microOps = [op('load', [0]), op(`${from}.${pickOne(random, BINARY)}`, [0, 'imm'], imm)]
  return { op: 'Map', dtype, shape, operands: [a], attributes: {}, microOps }
}

/**
 * One program of all samples, each with Maps behind it that take its elements, so that the engine runs them together; some of their outputs
 * are results of the program. Every second sample's first operand is a constant.
 */
export function programOfChains(
  samples: readonly Sample[],
  random: SeededRandom,
): { program: Program; inputs: Uint8Array[]; constants: Uint8Array[] } {
  const placed = programOfSamples(samples, ({ sample, place }) => ((sample >> place) & 1) === 0)
  const nodes: Node[] = []
  const outputs: (TensorType & { section: number; node: number })[] = []
  for (const node of placed.program.sections[0]?.nodes ?? []) {
    const head = nodes.length
    nodes.push(node)
    for (let i = pickInt(random, 0, MAX_FOLLOWERS); i > 0; i--) nodes.push(follower(random, nodes, head))
    for (let i = head; i < nodes.length; i++) {
      const { dtype, shape } = nodes[i] as Node
      if (i === nodes.length - 1 || random.below(5) === 0)
        outputs.push({ name: `${i}`, section: 0, node: i, dtype, shape })
    }
  }
  return { ...placed, program: { ...placed.program, sections: [{ nodes, steps: 1 }], outputs } }
}
