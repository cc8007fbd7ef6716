import type { SeededRandom } from 'opml/core'
import { type MicroOp, type ValueClass, dtypeInfo } from 'opml/graph'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

const op = (name: string, sources: (number | 'imm')[] = [], imm = 0): MicroOp => ({ name, sources, imm })

/** Pre-ops from each class, and the class that they end in; `load` reads operand b, f32. */
const PRE_OPS: Readonly<Record<ValueClass, readonly { ops: MicroOp[]; result: ValueClass }[]>> = {
  f32: [
    { ops: [op('acc'), op('f32.mul', [0, 0])], result: 'f32' },
    { ops: [op('acc'), op('load', [1]), op('f32.sub', [0, 1]), op('f32.abs', [2])], result: 'f32' },
    { ops: [op('acc'), op('f32.exp', [0])], result: 'f32' },
    { ops: [op('acc'), op('f32.lt', [0, 'imm'], 0x3f800000)], result: 'i32' },
    { ops: [op('acc'), op('i64.trunc_sat_f32_s', [0])], result: 'i64' },
    { ops: [op('load', [1])], result: 'f32' },
    { ops: [op('index', [5]), op('f32.convert_i32_s', [0])], result: 'f32' },
  ],
  i32: [
    { ops: [op('acc')], result: 'i32' },
    { ops: [op('acc'), op('i32.sub', [0, 'imm'], 7)], result: 'i32' },
    { ops: [op('acc'), op('i64.extend_i32_s', [0])], result: 'i64' },
    { ops: [op('acc'), op('i64.extend_i32_u', [0]), op('i64.lt_s', [1, 'imm'], 3)], result: 'i32' },
    { ops: [op('acc'), op('f32.convert_i32_u', [0])], result: 'f32' },
  ],
  i64: [
    { ops: [op('acc'), op('i64.mul', [0, 0])], result: 'i64' },
    { ops: [op('acc'), op('i32.wrap_i64', [0])], result: 'i32' },
    { ops: [op('acc'), op('f32.convert_i64_s', [0])], result: 'f32' },
    { ops: [op('i64.const', [], -5)], result: 'i64' },
  ],
}

const EPILOGUES: Readonly<Record<ValueClass, readonly { ops: MicroOp[]; result: ValueClass }[]>> = {
  f32: [
    { ops: [], result: 'f32' },
    { ops: [op('acc'), op('f32.sqrt', [0])], result: 'f32' },
    { ops: [op('acc'), op('load', [1]), op('f32.div', [0, 1])], result: 'f32' },
    { ops: [op('acc'), op('i32.trunc_sat_f32_s', [0])], result: 'i32' },
  ],
  i32: [
    { ops: [], result: 'i32' },
    { ops: [op('acc'), op('f32.convert_i32_s', [0])], result: 'f32' },
    { ops: [op('acc'), op('i64.extend_i32_u', [0])], result: 'i64' },
  ],
  i64: [
    { ops: [], result: 'i64' },
    { ops: [op('acc'), op('i32.wrap_i64', [0])], result: 'i32' },
  ],
}

/** Sizes of the reduction axes: mostly some, sometimes one long axis or none at all. */
function pickSizes(random: SeededRandom): number[] {
  const sizes = [0, 1, 2].map(() => pickOne(random, [1, 1, 2, 3, 4]))
  const kind = random.below(6)
  if (kind === 0) sizes[random.below(3)] = 0
  if (kind > 3) sizes[random.below(3)] = pickInt(random, 15, 50)
  return sizes
}

/** A Reduce of any mode and class, with and without pre-ops and epilogue. */
export function sampleReduce(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: random.below(4), maxLength: 40 })
  const sizes = pickSizes(random)
  const [size0, size1, size2] = sizes
  const dtype = pickOne(random, ['f32', pickDtype(random, ['f32']), pickDtype(random, ['i32', 'i64'])] as const)
  const a = pickReducedView(random, { input: 0, dtype, shape, sizes })
  const b = pickReducedView(random, { input: 1, dtype: 'f32', shape, sizes: [] })
  const own = dtypeInfo(dtype).valueClass
  const preOps = random.below(2) === 0 ? { ops: [], result: own } : pickOne(random, PRE_OPS[own])
  const epilogue = pickOne(random, EPILOGUES[preOps.result])
  const [stride0, stride1, stride2] = a.strides
  return {
    node: {
      op: 'Reduce',
      dtype: pickOne(random, [epilogue.result, pickDtype(random, [epilogue.result])]),
      shape,
      operands: [a.operand, b.operand],
      attributes: {
        mode: random.below(4),
        size0,
        size1,
        size2,
        stride0,
        stride1,
        stride2,
        numPreOps: preOps.ops.length,
      },
      microOps: [...preOps.ops, ...epilogue.ops],
    },
    operands: [a, b].map(({ operand, elements }) => pickRowBytes(random, { dtype: operand.dtype, count: elements })),
  }
}
