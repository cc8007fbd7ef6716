import { numElements } from '../../../graph/shape.ts'
import type { MicroOpList, ValueId } from '../../builder/microOpList.ts'
import { denseOperand, type Tensor } from '../../builder/tensor.ts'
import { expandView, sliceView } from '../../builder/views.ts'
import type { Lowering, NodeContext } from './context.ts'
import { gatherAlong } from './indexing.ts'
import { padConstant } from './padding.ts'
import { unsqueezed } from './shapes.ts'

/** One axis of a grid: its size in the image and which of the grid's two numbers it is. */
interface GridAxis {
  readonly size: number
  readonly component: number
}

/** Everything that samples an image at the places of a grid. */
class GridSampler {
  readonly #context: NodeContext
  readonly #image: Tensor
  readonly #grid: Tensor
  readonly #axes: readonly [GridAxis, GridAxis]
  readonly #numPlaces: number
  /** Coordinates of all places in the image, y and x, [n, places]. */
  readonly #positions: readonly [Tensor, Tensor]

  constructor(context: NodeContext) {
    this.#context = context
    this.#image = context.input(0)
    const grid = context.input(1)
    if (this.#image.shape.length !== 4) throw context.unsupported(`an image of rank ${this.#image.shape.length}`)
    const [, , height, width] = this.#image.shape as [number, number, number, number]
    this.#axes = [
      { size: height, component: 1 },
      { size: width, component: 0 },
    ]
    this.#numPlaces = numElements(grid.shape.slice(1, 3))
    this.#grid = context.builder.reshape(grid, [grid.shape[0] as number, this.#numPlaces, 2])
    this.#positions = [this.#positionsAlong(0), this.#positionsAlong(1)]
  }

  /** The image's values at all places, [n, c, places]. */
  sample(): Tensor {
    const mode = this.#context.string('mode', 'bilinear')
    if (mode === 'nearest') return this.#taken(0, 0, 'nearest')
    const offsets = mode === 'bilinear' || mode === 'linear' ? [0, 1] : [-1, 0, 1, 2]
    let total: Tensor | undefined
    for (const dy of offsets)
      for (const dx of offsets) total = this.#accumulate(total, { dy, dx, isCubic: offsets.length === 4 })
    return total as Tensor
  }

  #accumulate(total: Tensor | undefined, p: { dy: number; dx: number; isCubic: boolean }): Tensor {
    const value = this.#taken(p.dy, p.dx, 'floor')
    const { builder } = this.#context
    const [wy, wx] = [this.#weights(0, p.dy, p.isCubic), this.#weights(1, p.dx, p.isCubic)]
    const weight = builder.map(wy, [wy, wx], (list, y, x) => list.op('f32.mul', y as ValueId, x as ValueId))
    const factors = [value, unsqueezed(weight, [1])]
    return builder.map(value, total === undefined ? factors : [...factors, total], (list, v, w, sum) => {
      const term = list.op('f32.mul', v as ValueId, w as ValueId)
      return sum === undefined ? term : list.op('f32.add', sum, term)
    })
  }

  /** Weights of the taps `offset` away from the floor along an axis, [n, places]. */
  #weights(axis: 0 | 1, offset: number, isCubic: boolean): Tensor {
    const position = this.#positions[axis]
    return this.#context.builder.map(position, [position], (list, x) => {
      const t = list.op('f32.sub', x as ValueId, list.op('f32.floor', x as ValueId))
      if (isCubic) return cubicWeight(list, t, offset)
      return offset === 1 ? t : list.op('f32.sub', list.f32(1), t)
    })
  }

  /** The grid's number for axis 0 (y) or 1 (x), [n, places]. */
  #component(axis: 0 | 1): Tensor {
    const view = sliceView(this.#grid, { axis: 2, start: this.#axes[axis].component, step: 1, count: 1 })
    return { ...view, shape: view.shape.slice(0, 2), strides: view.strides.slice(0, 2) }
  }

  #positionsAlong(axis: 0 | 1): Tensor {
    const value = this.#component(axis)
    return this.#context.builder.map({ dtype: 'f32', shape: value.shape }, [value], (list, v) =>
      this.#position(list, v as ValueId, axis),
    )
  }

  /** From −1 … 1 to the image's coordinates. */
  #position(list: MicroOpList, value: ValueId, axis: 0 | 1): ValueId {
    const { size } = this.#axes[axis]
    const moved = list.op('f32.add', value, { imm: 1 })
    if (this.#context.int('align_corners', 0) === 1)
      return this.#folded(list, list.op('f32.mul', moved, { imm: (size - 1) / 2 }), axis)
    return this.#folded(
      list,
      list.op('f32.mul', list.op('f32.sub', list.op('f32.mul', moved, { imm: size }), { imm: 1 }), { imm: 0.5 }),
      axis,
    )
  }

  /** With border and reflection padding the position itself is brought into the image. */
  #folded(list: MicroOpList, x: ValueId, axis: 0 | 1): ValueId {
    const { size } = this.#axes[axis]
    const padding = this.#context.string('padding_mode', 'zeros')
    if (padding === 'zeros' || this.#context.string('mode', 'bilinear').includes('cubic')) return x
    if (padding === 'border') return list.op('f32.max', list.op('f32.min', x, { imm: size - 1 }), { imm: 0 })
    const isAligned = this.#context.int('align_corners', 0) === 1
    const [low, high] = isAligned ? [0, size - 1] : [-0.5, size - 0.5]
    const span = Math.max(high - low, 1)
    const distance = list.op('f32.abs', list.op('f32.sub', x, { imm: low }))
    const rest = list.op('f32.fmod', distance, { imm: 2 * span })
    const mirrored = list.op('f32.min', rest, list.op('f32.sub', list.f32(2 * span), rest))
    return list.op('f32.max', list.op('f32.min', list.op('f32.add', mirrored, { imm: low }), { imm: size - 1 }), {
      imm: 0,
    })
  }

  /** The image at floor (or nearest) of each place plus an offset, [n, c, places]; outside it 0 or the folded element. */
  #taken(dy: number, dx: number, rounding: 'floor' | 'nearest'): Tensor {
    const [n, c, height, width] = this.#image.shape as [number, number, number, number]
    const rows = this.#index(0, dy, rounding)
    const columns = this.#index(1, dx, rounding)
    const flat = this.#context.builder.map({ dtype: 'i32', shape: rows.shape }, [rows, columns], (list, y, x) => {
      const isInside = list.op(
        'i32.and',
        list.op('i32.lt_u', y as ValueId, { imm: height }),
        list.op('i32.lt_u', x as ValueId, { imm: width }),
      )
      const at = list.op('i32.add', list.op('i32.mul', y as ValueId, { imm: width }), x as ValueId)
      return list.op('i32.select', isInside, at, list.i32(height * width))
    })
    const indices = expandView(unsqueezed(flat, [1]), [n, c, this.#numPlaces])
    return gatherAlong(this.#context, {
      data: this.#context.builder.reshape(this.#image, [n, c, height * width]),
      indices,
      axis: 2,
    })
  }

  #index(axis: 0 | 1, offset: number, rounding: 'floor' | 'nearest'): Tensor {
    const position = this.#positions[axis]
    const { size } = this.#axes[axis]
    const isFolded = this.#context.string('padding_mode', 'zeros') !== 'zeros'
    return this.#context.builder.map({ dtype: 'i32', shape: position.shape }, [position], (list, x) => {
      const whole = list.op(`f32.${rounding}`, x as ValueId)
      const index = list.op('i32.add', list.op('i32.trunc_sat_f32_s', whole), { imm: offset })
      return isFolded ? this.#foldedIndex(list, index, size) : index
    })
  }

  #foldedIndex(list: MicroOpList, index: ValueId, size: number): ValueId {
    if (this.#context.string('padding_mode', 'zeros') === 'border')
      return list.op('i32.max_s', list.op('i32.min_s', index, { imm: size - 1 }), { imm: 0 })
    const isAligned = this.#context.int('align_corners', 0) === 1
    const period = isAligned ? Math.max(2 * (size - 1), 1) : 2 * size
    const last = isAligned ? period : period - 1
    const rest = list.op(
      'i32.rem_s',
      list.op('i32.add', list.op('i32.rem_s', index, { imm: period }), { imm: period }),
      { imm: period },
    )
    return list.op(
      'i32.select',
      list.op('i32.lt_s', rest, { imm: size }),
      rest,
      list.op('i32.sub', list.i32(last), rest),
    )
  }
}

/** Keys' cubic convolution with a = −0.75: the weight of the tap `offset` away from the floor, at fraction t. */
function cubicWeight(list: MicroOpList, t: ValueId, offset: number): ValueId {
  const a = -0.75
  const d = offset <= 0 ? list.op('f32.add', t, { imm: -offset }) : list.op('f32.sub', list.f32(offset), t)
  const horner = (coefficients: readonly number[]) =>
    coefficients
      .slice(1)
      .reduce<ValueId>(
        (sum, c) => list.op('f32.add', list.op('f32.mul', sum, d), { imm: c }),
        list.f32(coefficients[0] as number),
      )
  return offset === 0 || offset === 1 ? horner([a + 2, -(a + 3), 0, 1]) : horner([a, -5 * a, 8 * a, -4 * a])
}

const gridSample: Lowering = (context) => {
  const [n, c] = context.input(0).shape as [number, number]
  return [context.builder.reshape(new GridSampler(context).sample(), [n, c, ...context.input(1).shape.slice(1, 3)])]
}

/** Values put back where a MaxPool found them; everything else is 0. */
const maxUnpool: Lowering = (context) => {
  const [x, indices] = [context.input(0), context.input(1)]
  const kernel = context.ints('kernel_shape') ?? []
  const strides = context.ints('strides') ?? kernel.map(() => 1)
  const pads = context.ints('pads') ?? new Array<number>(2 * kernel.length).fill(0)
  const inner = kernel.map(
    (size, i) =>
      ((x.shape[2 + i] as number) - 1) * (strides[i] as number) +
      size -
      (pads[i] as number) -
      (pads[kernel.length + i] as number),
  )
  const small = [...x.shape.slice(0, 2), ...inner]
  const shape = context.optional(2) === undefined ? small : context.knownNumbers(2)
  const count = numElements(x.shape)
  const total = numElements(small)
  const zeros = context.builder.map({ dtype: x.dtype, shape: [total, 1] }, [], (list) => list.f32(0))
  const places = context.builder.reshape(indices, [count, 1])
  const attributes = { numComponents: 1, size0: total, size1: 0, size2: 0, size3: 0, size4: 0, mode: 0 }
  const operands = [
    denseOperand(zeros),
    denseOperand(context.builder.dense(places)),
    denseOperand(context.builder.dense(context.builder.reshape(x, [count, 1]))),
  ]
  const result = context.builder.node({
    op: 'ScatterND',
    dtype: x.dtype,
    shape: [total, 1],
    operands,
    attributes,
    microOps: [],
  })
  const end = shape.map((dim, axis) => dim - (small[axis] as number))
  return [
    padConstant(context, {
      data: context.builder.reshape(result, small),
      begin: shape.map(() => 0),
      end,
      value: context.constant(x.dtype, [], [0]),
    }),
  ]
}

/** Sampling at places that the data says. */
export const SAMPLING: Readonly<Record<string, Lowering>> = { GridSample: gridSample, MaxUnpool: maxUnpool }
