import { describe, expect, test } from 'vitest'
import { type SeededRandom, seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import type { Dtype } from '../../packages/opml/src/graph/dtype.ts'
import type { Node } from '../../packages/opml/src/graph/node.ts'
import { fuseProgram } from '../../packages/opml/src/importers/builder/fuseProgram.ts'
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
  const fused = fuseProgram({ nodes: builder.nodes, outputs }, OPERATOR_TABLE)
  const [plain, joined] = [
    { nodes: builder.nodes, outputs },
    { nodes: fused.nodes, outputs: fused.outputs },
  ].map((list) => run(builder, list, p.inputs))
  return {
    before: builder.nodes.length,
    after: fused.nodes.length,
    isSame: Buffer.compare(plain as Uint8Array, joined as Uint8Array) === 0,
  }
}

function run(
  builder: ProgramBuilder,
  list: { nodes: readonly Node[]; outputs: readonly number[] },
  inputs: readonly Uint8Array[],
): Uint8Array {
  const outputs = builder.outputs.map((output, i) => ({ ...output, node: list.outputs[i] as number }))
  const program = { sections: [{ nodes: list.nodes, steps: 1 }], constants: [], inputs: builder.inputs, outputs }
  return executor.run(program, { constants: [], inputs })[0] as Uint8Array
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
})
