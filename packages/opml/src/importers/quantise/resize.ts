import type { Tensor } from '../builder/tensor.ts'
import type { NodeContext } from '../onnx/lowering/context.ts'
import { gatherRows } from '../onnx/lowering/indexing.ts'
import { alongAxis } from '../onnx/lowering/matrix.ts'
import { axisTaps, resizedAxes, type Taps } from '../onnx/lowering/resize.ts'
import type { QuantiseContext } from './quantiseContext.ts'
import { nearest } from './target.ts'
import { type Stored, WIDE } from './values.ts'

/** Bits of fraction of a weight: two 16-bit terms then stay below 2^31. */
const WEIGHT_BITS = 14

/** Resize and Upsample: rows are picked, or two neighbours weighted along one axis after the other. What the integers mean stays. */
export function resize(context: QuantiseContext): Stored {
  const stored = context.stored(0, context.facts.formOf(context.output))
  const inner = context.context(context.tensors((_, i) => (i === 0 ? stored : context.stored(i, WIDE)).tensor))
  const tensor = resizedAxes(inner, stored.tensor.shape).reduce<Tensor>((found, spec, axis) => {
    const taps = spec && axisTaps(inner, spec)
    return taps === undefined ? found : resampled(inner, found, { axis, taps })
  }, stored.tensor)
  return { ...stored, tensor }
}

function resampled(context: NodeContext, data: Tensor, p: { axis: number; taps: readonly Taps[] }): Tensor {
  const { axis, taps } = p
  const numTaps = (taps[0] as Taps).rows.length
  if (numTaps > 2) throw context.unsupported('mode cubic')
  if (taps.some(({ isOutside }) => isOutside)) throw context.unsupported('a region that reaches outside')
  const rows = (k: number) => {
    const indices = taps.map((tap) => tap.rows[k] as number)
    return gatherRows(context, { data, indices: context.constant('i64', [taps.length], indices), axis })
  }
  if (numTaps === 1) return rows(0)
  const share = taps.map(({ weights }) => nearest((weights[1] as number) * 2 ** WEIGHT_BITS))
  const weight = alongAxis(context.constant('i32', [taps.length], share), { axis, rank: data.shape.length })
  const [before, behind] = [rows(0), rows(1)]
  return context.builder.map({ dtype: data.dtype, shape: before.shape }, [before, behind, weight], (list, a, b, w) => {
    const whole = list.op('i32.shl', a as never, { imm: WEIGHT_BITS })
    const moved = list.op('i32.mul', list.op('i32.sub', b as never, a as never), w as never)
    const half = list.op('i32.add', list.op('i32.add', whole, moved), { imm: 2 ** (WEIGHT_BITS - 1) })
    return list.op('i32.shr_s', half, { imm: WEIGHT_BITS })
  })
}
