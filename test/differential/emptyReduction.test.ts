import { describe, expect, test } from 'vitest'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { DTYPES, type Dtype, type ValueClass } from '../../packages/opml/src/graph/dtype.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import type { MicroOp, Node } from '../../packages/opml/src/graph/node.ts'
import { newElements } from '../../packages/opml/src/ops/elements.ts'
import { reduce } from '../../packages/opml/src/ops/reduce.ts'

// What Reduce gives for no elements depends on mode, dtype and pre-ops: few enough to try them all.

const acc: MicroOp = { name: 'acc', sources: [], imm: 0 }
const OTHER_CLASS: Readonly<Record<ValueClass, { name: string; dtype: Dtype }>> = {
  f32: { name: 'i64.trunc_sat_f32_s', dtype: 'i64' },
  i32: { name: 'i64.extend_i32_s', dtype: 'i64' },
  i64: { name: 'i32.wrap_i64', dtype: 'i32' },
}

const kernels = new PortableKernels()

function emptyNode(p: { dtype: Dtype; out: Dtype; mode: number; preOps: readonly MicroOp[] }): Node {
  const axes = { size0: 1, size1: 0, size2: 1, stride0: 0, stride1: 1, stride2: 0 }
  const layout = { kind: 'view', strides: [], offset: 0 } as const
  return {
    op: 'Reduce',
    dtype: p.out,
    shape: [],
    operands: [{ ref: { kind: 'input', index: 0 }, dtype: p.dtype, layout }],
    attributes: { mode: p.mode, ...axes, numPreOps: p.preOps.length },
    microOps: p.preOps,
  }
}

describe.each(DTYPES)('Reduce of no $name', ({ name: dtype, bytes, valueClass }) => {
  const other = OTHER_CLASS[valueClass]
  const lists = [
    { preOps: [], out: dtype },
    { preOps: [], out: valueClass }, // the dtype of that name
    { preOps: [acc], out: dtype },
    { preOps: [acc, { name: other.name, sources: [0], imm: 0 }], out: other.dtype },
  ]
  test.each(lists)('differential: every mode, $preOps.length pre-ops', ({ preOps, out }) => {
    for (const mode of [0, 1, 2, 3]) {
      const node = emptyNode({ dtype, out, mode, preOps })
      const expected = reduce.reference(node, [newElements(dtype, 1)])
      const block = kernels.blocks(encodeDescriptor(node, reduce), [new Uint8Array(bytes)], { first: 0, count: 1 })
      expect(block.slice(0, expected.byteLength), `mode ${mode}`).toEqual(new Uint8Array(expected.buffer))
    }
  })
})
