import { describe, expect, test } from 'vitest'
import { type SeededRandom, seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import type { Dtype } from '../../packages/opml/src/graph/dtype.ts'
import { verifyProgram } from '../../packages/opml/src/graph/verifyProgram.ts'
import { fuseProgram, type ListWithConstants } from '../../packages/opml/src/importers/builder/fuseProgram.ts'
import { ProgramBuilder } from '../../packages/opml/src/importers/builder/programBuilder.ts'
import type { Tensor } from '../../packages/opml/src/importers/builder/tensor.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import { pickBytes, pickOne } from './samples/sample.ts'

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const SHAPE = [3, 4, 5]

/** A builder with inputs x and y of one dtype; nothing is folded, since nothing is constant. */
function newBuilder(dtype: Dtype): { builder: ProgramBuilder; x: Tensor; y: Tensor } {
  const builder = new ProgramBuilder(() => new Uint8Array())
  const [x, y] = ['x', 'y'].map((name) => builder.input({ name, dtype, shape: SHAPE })) as [Tensor, Tensor]
  return { builder, x, y }
}

/** Nodes before and after fusion, and whether both give the same bytes. */
function runBoth(
  builder: ProgramBuilder,
  p: { result: Tensor; inputs: readonly Uint8Array[] },
): { before: number; after: number; isSame: boolean } {
  builder.output('result', p.result)
  const outputs = builder.outputs.map(({ node }) => node)
  const fused = fuseProgram({ nodes: builder.nodes, outputs, constants: builder.constants }, OPERATOR_TABLE)
  const [plain, joined] = [{ nodes: builder.nodes, outputs, constants: builder.constants }, fused].map((list) =>
    run(builder, list, p.inputs),
  )
  return {
    before: builder.nodes.length,
    after: fused.nodes.length,
    isSame: Buffer.compare(plain as Uint8Array, joined as Uint8Array) === 0,
  }
}

function run(builder: ProgramBuilder, list: ListWithConstants, inputs: readonly Uint8Array[]): Uint8Array {
  const outputs = builder.outputs.map((output, i) => ({ ...output, node: list.outputs[i] as number }))
  const program = {
    sections: [{ nodes: list.nodes, steps: 1 }],
    constants: list.constants,
    inputs: builder.inputs,
    outputs,
  }
  verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 12, fineHeight: 12 })
  return executor.run(program, { constants: list.constants.map(({ bytes }) => bytes), inputs })[0] as Uint8Array
}

const inputsOf = (random: SeededRandom, dtype: Dtype): Uint8Array[] =>
  [0, 1].map(() => pickBytes(random, { dtype, count: 60 }))

describe('canonical fusion', () => {
  test.each(['f32', 'f16', 'bf16', 'i8', 'u8', 'i16', 'u16', 'i32', 'i64'] as const)(
    'property: a chain in %s keeps its bits as one node',
    (dtype) => {
      const random = seededRandom(7)
      const prefix = dtype === 'i64' ? 'i64' : ['f32', 'f16', 'bf16'].includes(dtype) ? 'f32' : 'i32'
      // Order tells a value that was not narrowed from one that was; sums and products modulo 2ⁿ do not.
      const names = ['add', 'sub', 'mul', ...(prefix === 'f32' ? ['max', 'min'] : ['max_s', 'min_s'])]
      for (let round = 0; round < 30; round++) {
        const { builder, x, y } = newBuilder(dtype)
        let value = x
        for (let k = 0; k < 5; k++)
          value = builder.map(value, [value, y], (list, a, b) =>
            list.op(`${prefix}.${pickOne(random, names)}`, a as never, b as never),
          )
        expect(runBoth(builder, { result: value, inputs: inputsOf(random, dtype) })).toEqual({
          before: 5,
          after: 1,
          isSame: true,
        })
      }
    },
  )

  test('default: an element-wise node becomes the epilogue of a product', () => {
    const random = seededRandom(8)
    const { builder, x, y } = newBuilder('f32')
    const operand = (tensor: Tensor) => ({
      ref: tensor.ref,
      dtype: tensor.dtype,
      layout: { kind: 'view' as const, strides: [20, 5], offset: 0 },
    })
    const product = builder.node({
      op: 'MatMul',
      dtype: 'f32',
      shape: [3, 4],
      operands: [operand(x), operand(y)],
      attributes: { k: 5, strideA: 1, strideB: 1 },
      microOps: [],
    })
    const result = builder.map(product, [product], (list, v) =>
      list.op('f32.max', list.op('f32.add', v as never, { imm: 0.5 }), { imm: 0 }),
    )
    expect(runBoth(builder, { result, inputs: inputsOf(random, 'f32') })).toEqual({ before: 2, after: 1, isSame: true })
  })

  test('edge: a node without micro-ops, one that two read, and one read in another order stay apart', () => {
    const random = seededRandom(9)
    const { builder, x, y } = newBuilder('f32')
    const sum = builder.map(x, [x, y], (list, a, b) => list.op('f32.add', a as never, b as never))
    const attributes = { axis: 5, isLog: 0 }
    const layout = { kind: 'view' as const, strides: sum.strides, offset: 0 }
    const soft = builder.node({
      op: 'Softmax',
      dtype: 'f32',
      shape: SHAPE,
      operands: [{ ref: sum.ref, dtype: 'f32', layout }],
      attributes,
      microOps: [],
    })
    const negative = builder.map(soft, [soft], (list, a) => list.op('f32.neg', a as never))
    const mirrored = { ...negative, strides: [20, 5, -1], offset: 4 }
    const result = builder.map(negative, [mirrored, sum], (list, a, b) => list.op('f32.mul', a as never, b as never))
    expect(runBoth(builder, { result, inputs: inputsOf(random, 'f32') })).toEqual({ before: 4, after: 4, isSame: true })
  })

  /** A constant of `dtype` with random elements. */
  const constant = (builder: ProgramBuilder, p: { dtype: Dtype; shape: number[]; random: SeededRandom }) => {
    const { dtype, shape } = p
    const count = shape.reduce((product, dim) => product * dim, 1)
    return builder.constant({ name: '', dtype, shape }, pickBytes(p.random, { dtype, count }))
  }
  /** A product of x and y, 3×4. */
  const productOf = (builder: ProgramBuilder, x: Tensor, y: Tensor) => {
    const [a, b] = [x, y].map(({ ref, dtype }) => ({
      ref,
      dtype,
      layout: { kind: 'view' as const, strides: [20, 5], offset: 0 },
    }))
    const attributes = { k: 5, strideA: 1, strideB: 1 }
    return builder.node({ op: 'MatMul', dtype: 'f32', shape: [3, 4], operands: [a, b], attributes, microOps: [] })
  }

  test.each(['f32', 'f16', 'i8', 'u16', 'i32', 'i64', 'u64'] as const)(
    'property: numbers in %s become constants of the list and take no place',
    (dtype) => {
      const random = seededRandom(10)
      const prefix = dtype === 'i64' || dtype === 'u64' ? 'i64' : ['f32', 'f16'].includes(dtype) ? 'f32' : 'i32'
      for (let round = 0; round < 20; round++) {
        const { builder, x, y } = newBuilder(dtype)
        let value = x
        for (const name of ['mul', 'sub'])
          for (const isFirst of [false, true]) {
            // Of 64 bits only what fits an immediate is one: a small number.
            const bytes =
              prefix === 'i64'
                ? new Uint8Array(BigInt64Array.of(BigInt(round - 10)).buffer)
                : pickBytes(random, { dtype, count: 1 })
            const number = builder.constant({ name: '', dtype, shape: [1] }, bytes)
            const pair = isFirst ? [number, value] : [value, number]
            value = builder.map(x, pair, (list, a, b) => list.op(`${prefix}.${name}`, a as never, b as never))
          }
        const result = builder.map(x, [value, y], (list, a, b) => list.op(`${prefix}.sub`, a as never, b as never))
        const { before, after, isSame } = runBoth(builder, { result, inputs: inputsOf(random, dtype) })
        expect({ before, after, isSame }).toEqual({ before: 5, after: 1, isSame: true })
      }
    },
  )

  test('edge: a number that no immediate holds, and one that a load passes over, stay constants', () => {
    const random = seededRandom(11)
    const { builder, x } = newBuilder('i64')
    const big = builder.constant(
      { name: '', dtype: 'i64', shape: [] },
      new Uint8Array(BigInt64Array.of(2n ** 31n).buffer),
    )
    const sum = builder.map(x, [x, big], (list, a, b) => list.op('i64.add', a as never, b as never))
    const two = constant(builder, { dtype: 'i64', shape: [2], random })
    const second = { ...two, shape: [], strides: [] }
    const result = builder.map(x, [sum, second], (list, a) => list.op('i64.add', a as never, list.load(1, 1)))
    const constants = builder.constants.length
    expect(runBoth(builder, { result, inputs: inputsOf(random, 'i64') })).toEqual({ before: 2, after: 1, isSame: true })
    expect(constants).toBe(2)
  })

  test('default: a product takes in an activation that reads it twice', () => {
    const random = seededRandom(12)
    const { builder, x, y } = newBuilder('f32')
    const product = productOf(builder, x, y)
    const gate = builder.map(product, [product], (list, a) => list.op('f32.sigmoid', a as never))
    const result = builder.map(product, [product, gate], (list, a, b) => list.op('f32.mul', a as never, b as never))
    expect(runBoth(builder, { result, inputs: inputsOf(random, 'f32') })).toEqual({ before: 3, after: 1, isSame: true })
  })

  test('default: a product takes in factor and summand of each column as one constant', () => {
    const random = seededRandom(13)
    const { builder, x, y } = newBuilder('f32')
    const product = productOf(builder, x, y)
    const both = constant(builder, { dtype: 'f32', shape: [2, 4], random })
    const vector = constant(builder, { dtype: 'f32', shape: [4], random })
    const [first, second] = [0, 4].map((offset) => ({ ...both, shape: [4], strides: [1], offset })) as [Tensor, Tensor]
    // The second row of a constant, another constant, then the first row: offsets go both ways.
    let result = builder.map(product, [product, second], (list, a, b) => list.op('f32.mul', a as never, b as never))
    result = builder.map(product, [result, vector], (list, a, b) => list.op('f32.add', a as never, b as never))
    result = builder.map(product, [result, first], (list, a, b) => list.op('f32.sub', a as never, b as never))
    expect(runBoth(builder, { result, inputs: inputsOf(random, 'f32') })).toEqual({ before: 4, after: 1, isSame: true })
  })

  test('edge: constants that are read with other strides, have another dtype, are large or are no constants are not joined', () => {
    const random = seededRandom(14)
    const cases: ((builder: ProgramBuilder, y: Tensor) => Tensor)[] = [
      (builder) => constant(builder, { dtype: 'f32', shape: [3, 1], random }),
      (builder) => constant(builder, { dtype: 'f16', shape: [4], random }),
      (builder) => ({ ...constant(builder, { dtype: 'f32', shape: [2 ** 14], random }), shape: [4], strides: [1] }),
      (_, y) => ({ ...y, shape: [4], strides: [1] }),
    ]
    for (const other of cases) {
      const { builder, x, y } = newBuilder('f32')
      const product = productOf(builder, x, y)
      const vector = constant(builder, { dtype: 'f32', shape: [4], random })
      const scaled = builder.map(product, [product, vector], (list, a, b) => list.op('f32.mul', a as never, b as never))
      const result = builder.map(product, [scaled, other(builder, y)], (list, a, b) =>
        list.op('f32.add', a as never, b as never),
      )
      expect(runBoth(builder, { result, inputs: inputsOf(random, 'f32') })).toEqual({
        before: 3,
        after: 2,
        isSame: true,
      })
    }
  })
})
