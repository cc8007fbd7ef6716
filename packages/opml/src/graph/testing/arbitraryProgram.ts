import fc from 'fast-check'
import { MAX_MICRO_OPS } from '../descriptorLayout.ts'
import { type Dtype, DTYPES } from '../dtype.ts'
import { numSources } from '../encodeDescriptor.ts'
import { MICRO_OPS, type MicroOpRow } from '../microOps.ts'
import type { InitialRef, MicroOp, Node, Operand, OperandRef, Operands } from '../node.ts'
import type { AttributeRule, OperandRule, OperatorRule } from '../operatorRule.ts'
import type { Program, TensorType } from '../program.ts'
import type { Shape } from '../shape.ts'
import { TEST_RULES } from './testOperators.ts'

// Random programs for the tests of this folder: every field takes every value that it can hold. They keep the form of the record
// but not the rules of the verifier.

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const i32 = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const source = fc.integer({ min: 0, max: 0xfe })
const dtype: fc.Arbitrary<Dtype> = fc.constantFrom(...DTYPES.map(({ name }) => name))

const shape: fc.Arbitrary<Shape> = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
  fc.constantFrom([2 ** 27], [0, 2 ** 30, 2 ** 30], [1, 1, 1, 1, 1, 1], []),
)

const initial: fc.Arbitrary<InitialRef> = fc.oneof(
  fc.constant<InitialRef>({ kind: 'zero' }),
  fc.record({ kind: fc.constantFrom('constant', 'input'), index: u32 }),
  fc.record({ kind: fc.constant('section'), section: u16, index: u32 }),
)

const ref: fc.Arbitrary<OperandRef> = fc.oneof(
  initial,
  fc.record({ kind: fc.constant('node'), index: u32 }),
  fc.record({ kind: fc.constant('previous'), index: u32, initial }),
)

function operand(rule: OperandRule, rank: number): fc.Arbitrary<Operand> {
  const view = fc.record({
    kind: fc.constant('view'),
    strides: fc.array(i32, { minLength: rank, maxLength: rank }),
    offset: i32,
  })
  const dense = fc.record({ kind: fc.constant('dense'), dims: fc.array(u32, { maxLength: 6 }) })
  return fc.record({ ref, dtype, layout: rule.layout === 'view' ? view : dense })
}

/** Up to three operands; only those before the last may be absent, as after decoding. */
function operands(rule: OperatorRule, rank: number): fc.Arbitrary<Operands> {
  const places = rule.operands.filter((entry) => entry !== undefined)
  return fc.integer({ min: 0, max: places.length }).chain((length) => {
    const entries = places.slice(0, length).map((entry, i) => {
      const present = operand(entry, rank)
      return i === length - 1 ? present : fc.option(present, { nil: undefined })
    })
    // SAFETY: at most three.
    return fc.tuple(...entries) as fc.Arbitrary<unknown> as fc.Arbitrary<Operands>
  })
}

const float = fc.float()

function attribute(type: AttributeRule['type']): fc.Arbitrary<number> {
  switch (type) {
    case 'u32':
      return u32
    case 'i32':
      return i32
    case 'f32':
      return float
  }
}

function microOp(row: MicroOpRow): fc.Arbitrary<MicroOp> {
  const immediate = row.arguments.length >= 2 ? fc.option(source, { nil: 'imm' as const }) : source
  const count = numSources(row)
  const first = row.name === 'load' ? fc.integer({ min: 0, max: 2 }) : source
  const sources = fc
    .tuple(first, immediate, source)
    .map((all): (number | 'imm')[] => (all as (number | 'imm')[]).slice(0, count))
  const usesImm = row.name === 'load' || row.name.endsWith('.const')
  return fc.record({ sources, imm: i32 }).map(({ sources: list, imm }) => ({
    name: row.name,
    sources: list,
    imm: usesImm || list[1] === 'imm' ? imm : 0,
  }))
}

const microOps = fc.array(fc.constantFrom(...MICRO_OPS).chain(microOp), { maxLength: MAX_MICRO_OPS })

function nodeOf(rule: OperatorRule): fc.Arbitrary<Node> {
  const attributes = fc.record(Object.fromEntries(rule.attributes.map(({ name, type }) => [name, attribute(type)])), {
    noNullPrototype: true,
  })
  return shape
    .filter((dims) => dims[0] !== 2 ** 27)
    .chain((dims) =>
      fc.record({
        op: fc.constant(rule.name),
        dtype,
        shape: fc.constant(dims),
        operands: operands(rule, dims.length),
        attributes,
        microOps,
      }),
    )
}

/** Any node that has a descriptor under the rules of testOperators.ts. */
export const arbitraryNode: fc.Arbitrary<Node> = fc.constantFrom(...TEST_RULES).chain(nodeOf)

const tensorType: fc.Arbitrary<TensorType> = fc.record({ name: fc.string({ unit: 'binary' }), dtype, shape })

/** Any program of such nodes. */
export const arbitraryProgram: fc.Arbitrary<Program> = fc.record({
  sections: fc.array(
    fc.record(
      { nodes: fc.array(arbitraryNode, { maxLength: 3 }), steps: u32, haltNode: u32 },
      { requiredKeys: ['nodes', 'steps'], noNullPrototype: true },
    ),
    { maxLength: 3 },
  ),
  constants: fc.array(tensorType, { maxLength: 3 }),
  inputs: fc.array(tensorType, { maxLength: 2 }),
  outputs: fc.array(fc.record({ name: fc.string({ unit: 'binary' }), dtype, shape, section: u16, node: u32 }), {
    maxLength: 2,
  }),
})
