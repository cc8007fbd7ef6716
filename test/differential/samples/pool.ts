import type { SeededRandom } from 'opml/core'
import { type MicroOp, type ValueClass, type Dtype, dtypeInfo, numElements } from 'opml/graph'
import { denseOperand, pickAxes, windowAttributes } from './convolution.ts'
import { pickBytes, pickDtype, pickInt, pickOne, pickView, type Sample } from './sample.ts'

const op = (name: string, sources: MicroOp['sources'] = [], imm = 0): MicroOp => ({ name, sources, imm })

/** Lists on an element of a class, operand b being f32, and the class that they end in. */
const PRE_OPS: Readonly<Record<ValueClass, readonly (readonly [ValueClass, readonly MicroOp[]])[]>> = {
  f32: [
    ['f32', [op('acc'), op('f32.mul', [0, 0])]],
    ['f32', [op('acc'), op('load', [1]), op('f32.add', [0, 1])]],
    ['f32', [op('load', [1]), op('acc')]],
    ['i32', [op('acc'), op('f32.lt', [0, 'imm'], 0x3f800000)]],
    ['i32', [op('acc'), op('i32.trunc_sat_f32_s', [0])]],
    ['i64', [op('acc'), op('i64.trunc_sat_f32_s', [0])]],
  ],
  i32: [
    ['i32', [op('acc'), op('i32.mul', [0, 'imm'], -3)]],
    ['i32', [op('acc'), op('index', [5]), op('i32.xor', [0, 1])]],
    ['f32', [op('acc'), op('f32.convert_i32_s', [0])]],
    ['f32', [op('acc'), op('load', [1]), op('load', [1]), op('f32.select', [0, 1, 2])]],
    ['i64', [op('acc'), op('i64.extend_i32_u', [0])]],
  ],
  i64: [
    ['i64', [op('acc'), op('i64.mul', [0, 'imm'], -3)]],
    ['i32', [op('acc'), op('i32.wrap_i64', [0])]],
    ['f32', [op('acc'), op('f32.convert_i64_s', [0])]],
    ['f32', [op('load', [1])]],
  ],
}

const EPILOGUE: Readonly<Record<ValueClass, readonly MicroOp[]>> = {
  f32: [op('acc'), op('load', [1]), op('f32.add', [0, 1])],
  i32: [op('acc'), op('i32.add', [0, 'imm'], 100)],
  i64: [op('acc'), op('i64.add', [0, 'imm'], -7)],
}

/** Makes most elements equal others, so that a maximum has more than one place. */
function repeatElements(random: SeededRandom, bytes: Uint8Array, elementBytes: number): Uint8Array {
  for (let i = 2 * elementBytes; i < bytes.length; i += elementBytes) {
    const from = random.below(2) * elementBytes
    bytes.copyWithin(i, from, from + elementBytes)
  }
  return bytes
}

function pickMode(random: SeededRandom, elements: ValueClass): number {
  return pickOne(random, elements === 'f32' ? [0, 1, 2, 3, 3] : [0, 1, 3])
}

/** A Pool of any mode over one to three axes, with and without pre-ops and epilogue; some windows are empty. */
export function samplePool(random: SeededRandom): Sample {
  const axes = pickAxes(random).map((axis) => ({ ...axis, kernel: Math.max(axis.kernel, 1), padEnd: random.below(4) }))
  const channels = pickInt(random, 1, 4)
  const shape = [channels, ...axes.map(({ output }) => output)]
  const dtype = pickOne<Dtype>(random, [
    'f32',
    pickDtype(random, ['f32']),
    pickDtype(random, ['i32', 'i64']),
    pickOne(random, ['u32', 'u64']),
  ] as const)
  const own = dtypeInfo(dtype).valueClass
  const [elements, preOps] = random.below(2) === 0 ? pickOne(random, PRE_OPS[own]) : ([own, []] as const)
  const mode = pickMode(random, elements)
  const acc = mode === 3 ? 'i64' : elements
  const dims = [channels, ...axes.map(({ input }) => input)]
  const loaded = pickView(random, { input: 1, dtype: 'f32', shape: shape.map((dim) => Math.max(dim, 1)) })
  const a = pickBytes(random, { dtype, count: numElements(dims), style: pickOne(random, ['wild', 'tame', 'tame']) })
  const three = (name: 'kernel' | 'padEnd') => axes.map((axis, i) => [`${name}${'DHW'.charAt(i)}`, axis[name]] as const)
  return {
    node: {
      op: 'Pool',
      dtype: pickOne<Dtype>(random, [acc === 'f32' ? 'f32' : pickDtype(random, [acc]), pickDtype(random, [acc])]),
      shape,
      operands: [denseOperand(0, dtype, dims), loaded.operand],
      attributes: {
        mode,
        ...Object.fromEntries([...three('kernel'), ...three('padEnd')]),
        ...windowAttributes(axes),
        countPadding: random.below(2),
        numPreOps: preOps.length,
      },
      microOps: [...preOps, ...(random.below(2) === 0 ? EPILOGUE[acc] : [])],
    },
    operands: [
      mode === 3 && random.below(2) === 0 ? repeatElements(random, a, dtypeInfo(dtype).bytes) : a,
      pickBytes(random, { dtype: 'f32', count: loaded.elements }),
    ],
  }
}
