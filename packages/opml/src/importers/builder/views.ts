import { denseStrides, numElements, type Shape } from '../../graph/shape.ts'
import type { Tensor } from './tensor.ts'

/** Dimension k of the result is dimension `permutation[k]` of `tensor`. */
export function transposeView(tensor: Tensor, permutation: readonly number[]): Tensor {
  const pick = (values: readonly number[]) => permutation.map((axis) => values[axis])
  return { ...tensor, shape: pick(tensor.shape), strides: pick(tensor.strides) }
}

/** `count` elements along `axis`, from `start` on in steps of `step` (not 0; may be negative). */
export function sliceView(tensor: Tensor, p: { axis: number; start: number; step: number; count: number }): Tensor {
  const stride = tensor.strides[p.axis]
  return {
    ...tensor,
    shape: replaced(tensor.shape, p.axis, p.count),
    strides: replaced(tensor.strides, p.axis, stride * p.step),
    offset: p.count === 0 ? tensor.offset : tensor.offset + stride * p.start,
  }
}

/** `tensor` repeated to `shape` by the broadcasting rule of ONNX; the caller has checked that it fits. */
export function expandView(tensor: Tensor, shape: Shape): Tensor {
  const missing = shape.length - tensor.shape.length
  const strides = shape.map((dim, axis) => {
    const own = axis - missing
    return own < 0 || (tensor.shape[own] === 1 && dim !== 1) ? 0 : tensor.strides[own]
  })
  return { ...tensor, shape, strides }
}

/** The same elements in row-major order under another shape, or undefined where no strides give it. */
export function reshapeView(tensor: Tensor, shape: Shape): Tensor | undefined {
  if (numElements(shape) === 0) return { ...tensor, shape, strides: denseStrides(shape), offset: 0 }
  const runs = mergedDims(tensor)
  const strides: number[] = new Array(shape.length).fill(0)
  let axis = shape.length - 1
  for (let r = runs.length - 1; r >= 0; r--) {
    let { size, stride } = runs[r]
    while (size > 1) {
      const dim = shape[axis]
      if (dim > size || size % dim !== 0) return undefined
      strides[axis--] = stride
      stride *= dim
      size /= dim
    }
  }
  return { ...tensor, shape, strides }
}

/** An index space with neighbouring dimensions joined where one stride runs through both in every view; dimensions of 1 are dropped. */
export function joinDims(shape: Shape, views: readonly Tensor[]): { shape: number[]; views: Tensor[] } {
  const kept: { size: number; strides: number[] }[] = []
  shape.forEach((size, axis) => {
    if (size === 1) return
    const strides = views.map((view) => view.strides[axis] as number)
    const last = kept.at(-1)
    if (last?.strides.every((stride, i) => stride === (strides[i] as number) * size))
      kept[kept.length - 1] = { size: last.size * size, strides }
    else kept.push({ size, strides })
  })
  const joined = kept.map(({ size }) => size)
  return {
    shape: joined,
    views: views.map((view, i) => ({
      ...view,
      shape: joined,
      strides: kept.map(({ strides }) => strides[i] as number),
    })),
  }
}

/** Dimensions other than 1, neighbours joined where one stride runs through both. */
function mergedDims(tensor: Tensor): { size: number; stride: number }[] {
  const runs: { size: number; stride: number }[] = []
  tensor.shape.forEach((size, axis) => {
    if (size === 1) return
    const stride = tensor.strides[axis]
    const last = runs.at(-1)
    if (last !== undefined && last.stride === stride * size) runs[runs.length - 1] = { size: last.size * size, stride }
    else runs.push({ size, stride })
  })
  return runs
}

function replaced(values: readonly number[], at: number, value: number): number[] {
  return values.map((old, i) => (i === at ? value : old))
}
