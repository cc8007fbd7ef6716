import type { Shape } from '../../../graph/shape.ts'
import type { Tensor } from '../../builder/tensor.ts'
import type { NodeContext } from './context.ts'

/** The common shape of tensors under ONNX's multidirectional broadcasting. @throws {UnsupportedNode} when there is none. */
export function broadcastShape(context: NodeContext, tensors: readonly Pick<Tensor, 'shape'>[]): Shape {
  const rank = Math.max(0, ...tensors.map(({ shape }) => shape.length))
  const shape = new Array<number>(rank).fill(1)
  for (const { shape: own } of tensors)
    own.forEach((dim, i) => {
      const axis = rank - own.length + i
      if (dim === 1 || dim === shape[axis]) return
      if (shape[axis] !== 1)
        throw context.unsupported(
          `shapes ${tensors.map((t) => `[${t.shape.join(', ')}]`).join(' and ')} do not broadcast`,
        )
      shape[axis] = dim
    })
  return shape
}
