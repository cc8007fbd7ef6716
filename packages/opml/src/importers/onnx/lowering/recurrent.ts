import { MicroOpList, type ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { sliceView, transposeView } from '../../builder/views.ts'
import type { Lowering, NodeContext } from './context.ts'
import { concatenated } from './indexing.ts'
import { product } from './matrix.ts'
import { unsqueezed } from './shapes.ts'

/** Applies one of a cell's functions to a value. */
type Activation = (list: MicroOpList, x: ValueId) => ValueId

/** What the cells of one direction share; every tensor of a step has shape [batch, …]. */
interface Direction {
  readonly context: NodeContext
  readonly hidden: number
  readonly batch: number
  /** x · Wᵀ for all steps: [steps, batch, gates · hidden]. */
  readonly inputs: Tensor
  /** Rᵀ: [hidden, gates · hidden]. */
  readonly recurrence: Tensor
  /** Wb and Rb: [gates · hidden]; undefined without a bias. */
  readonly inputBias: Tensor | undefined
  readonly recurrenceBias: Tensor | undefined
  /** [3 · hidden], for the LSTM alone. */
  readonly peepholes: Tensor | undefined
  readonly activations: readonly Activation[]
  readonly clip: number
}

/** State of a cell: hidden and, for the LSTM, cell values, each [batch, hidden]. */
type State = readonly Tensor[]

/** One step: the states before, the inputs' part of the gates at this step. */
type Cell = (direction: Direction, state: State, input: Tensor) => State

const NAMED: Readonly<Record<string, (alpha: number | undefined, beta: number | undefined) => Activation>> = {
  sigmoid: () => (list, x) => list.op('f32.sigmoid', x),
  tanh: () => (list, x) => list.op('f32.tanh', x),
  relu: () => (list, x) => list.op('f32.max', x, { imm: 0 }),
  affine:
    (alpha = 1, beta = 0) =>
    (list, x) =>
      list.op('f32.add', list.op('f32.mul', x, { imm: alpha }), { imm: beta }),
  leakyrelu:
    (alpha = 0.01) =>
    (list, x) =>
      list.op('f32.select', list.op('f32.lt', x, { imm: 0 }), list.op('f32.mul', x, { imm: alpha }), x),
  thresholdedrelu:
    (alpha = 1) =>
    (list, x) =>
      list.op('f32.select', list.op('f32.le', x, { imm: alpha }), list.f32(0), x),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (list, x) =>
      list.op('f32.mul', list.op('f32.tanh', list.op('f32.mul', x, { imm: beta })), { imm: alpha }),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (list, x) => {
      const line = list.op('f32.add', list.op('f32.mul', x, { imm: alpha }), { imm: beta })
      return list.op('f32.max', list.op('f32.min', line, { imm: 1 }), { imm: 0 })
    },
  elu:
    (alpha = 1) =>
    (list, x) => {
      const low = list.op('f32.mul', list.op('f32.sub', list.op('f32.exp', x), { imm: 1 }), { imm: alpha })
      return list.op('f32.select', list.op('f32.lt', x, { imm: 0 }), low, x)
    },
  softsign: () => (list, x) => list.op('f32.div', x, list.op('f32.add', list.op('f32.abs', x), { imm: 1 })),
  softplus: () => (list, x) => list.op('f32.softplus', x),
}

/** How many of `activation_alpha` and `activation_beta` a function takes. */
const NUM_PARAMETERS: Readonly<Record<string, 1 | 2>> = {
  affine: 2,
  leakyrelu: 1,
  thresholdedrelu: 1,
  scaledtanh: 2,
  hardsigmoid: 2,
  elu: 1,
}

/** The functions of a direction, by name; parameters go to those that take some, in their order over all directions. */
function activationsOf(context: NodeContext, p: { defaults: readonly string[]; direction: number }): Activation[] {
  const given = context.strings('activations')
  const names = given.length === 0 ? [...p.defaults, ...p.defaults] : given
  const alphas = [...(context.floats('activation_alpha') ?? [])]
  const betas = [...(context.floats('activation_beta') ?? [])]
  const functions = names.map((name) => {
    const make = NAMED[name.toLowerCase()]
    if (make === undefined) throw context.unsupported(`activation ${name}`)
    const count = NUM_PARAMETERS[name.toLowerCase()] ?? 0
    return make(count > 0 ? alphas.shift() : undefined, count > 1 ? betas.shift() : undefined)
  })
  return functions.slice(p.direction * p.defaults.length, (p.direction + 1) * p.defaults.length)
}

/** Values of gate g of [batch, gates · hidden]. */
function gate(direction: Direction, tensor: Tensor, g: number): Tensor {
  return sliceView(tensor, {
    axis: tensor.shape.length - 1,
    start: g * direction.hidden,
    step: 1,
    count: direction.hidden,
  })
}

/** Element-wise work on [batch, hidden]. */
function cellMap(
  direction: Direction,
  tensors: readonly Tensor[],
  build: (list: MicroOpList, ...values: ValueId[]) => ValueId,
): Tensor {
  return direction.context.builder.map(
    { dtype: direction.inputs.dtype, shape: [direction.batch, direction.hidden] },
    tensors,
    build,
  )
}

function sum(list: MicroOpList, values: readonly ValueId[]): ValueId {
  return values.reduce((total, value) => list.op('f32.add', total, value))
}

/** Limits what goes into an activation, where the operator asks for it. */
function clipped(direction: Direction, list: MicroOpList, x: ValueId): ValueId {
  if (direction.clip === 0) return x
  return list.op('f32.max', list.op('f32.min', x, { imm: direction.clip }), { imm: -direction.clip })
}

/** Gates before their activation: x·Wᵀ + h·Rᵀ + Wb + Rb, for all gates at once. */
function allGates(direction: Direction, hidden: Tensor, input: Tensor): Tensor {
  const { context } = direction
  const recurrent = product(context, { a: hidden, b: direction.recurrence, dtype: input.dtype })
  return context.builder.map(input, [recurrent, input], (list, r, x) => list.op('f32.add', r as ValueId, x as ValueId))
}

const rnnCell: Cell = (direction, [hidden], input) => {
  const gates = allGates(direction, hidden as Tensor, input)
  return [
    cellMap(direction, [gates], (list, x) =>
      (direction.activations[0] as Activation)(list, clipped(direction, list, x as ValueId)),
    ),
  ]
}

/** Gates i, o, f, c; peepholes of i, o, f. */
const lstmCell: Cell = (direction, [hidden, cell], input) => {
  const gates = allGates(direction, hidden as Tensor, input)
  const [f, g, h] = direction.activations as [Activation, Activation, Activation]
  const isCoupled = direction.context.int('input_forget', 0) === 1
  const peephole = (i: number) =>
    direction.peepholes &&
    sliceView(direction.peepholes, { axis: 0, start: i * direction.hidden, step: 1, count: direction.hidden })
  const opened = (index: number, state: Tensor, p: Tensor | undefined) =>
    cellMap(
      direction,
      p === undefined ? [gate(direction, gates, index)] : [gate(direction, gates, index), state, p],
      (list, x, c, weight) => {
        const total =
          c === undefined ? (x as ValueId) : list.op('f32.add', x as ValueId, list.op('f32.mul', weight as ValueId, c))
        return f(list, clipped(direction, list, total))
      },
    )
  const input1 = opened(0, cell as Tensor, peephole(0))
  const forget = isCoupled
    ? cellMap(direction, [input1], (list, x) => list.op('f32.sub', list.f32(1), x as ValueId))
    : opened(2, cell as Tensor, peephole(2))
  const kept = cellMap(direction, [forget, cell as Tensor], (list, x, c) =>
    list.op('f32.mul', x as ValueId, c as ValueId),
  )
  const next = cellMap(direction, [kept, input1, gate(direction, gates, 3)], (list, k, i, c) =>
    list.op('f32.add', k as ValueId, list.op('f32.mul', i as ValueId, g(list, clipped(direction, list, c as ValueId)))),
  )
  const output = opened(1, next, peephole(1))
  return [
    cellMap(direction, [output, next], (list, o, c) => list.op('f32.mul', o as ValueId, h(list, c as ValueId))),
    next,
  ]
}

/** Gates z, r, h; with linear_before_reset the reset gate multiplies h·Rᵀ + Rb. */
const gruCell: Cell = (direction, [hidden], input) => {
  const { context } = direction
  const [f, g] = direction.activations as [Activation, Activation]
  const h = hidden as Tensor
  const recurrent = product(context, {
    a: h,
    b: sliceView(direction.recurrence, { axis: 1, start: 0, step: 1, count: 2 * direction.hidden }),
    dtype: input.dtype,
  })
  const opened = (index: number) =>
    cellMap(direction, [gate(direction, recurrent, index), gate(direction, input, index)], (list, r, x) =>
      f(list, clipped(direction, list, list.op('f32.add', r as ValueId, x as ValueId))),
    )
  const [update, reset] = [opened(0), opened(1)]
  const weights = sliceView(direction.recurrence, {
    axis: 1,
    start: 2 * direction.hidden,
    step: 1,
    count: direction.hidden,
  })
  const isLinear = context.int('linear_before_reset', 0) === 1
  const bias =
    isLinear && direction.recurrenceBias !== undefined ? gate(direction, direction.recurrenceBias, 2) : undefined
  const base = isLinear
    ? h
    : cellMap(direction, [reset, h], (list, r, x) => list.op('f32.mul', r as ValueId, x as ValueId))
  const linear = product(context, { a: base, b: weights, dtype: input.dtype })
  const inner =
    bias === undefined
      ? linear
      : cellMap(direction, [linear, bias], (list, x, b) => list.op('f32.add', x as ValueId, b as ValueId))
  const scaled = isLinear
    ? cellMap(direction, [inner, reset], (list, x, r) => list.op('f32.mul', x as ValueId, r as ValueId))
    : inner
  const candidate = cellMap(direction, [scaled, gate(direction, input, 2)], (list, r, x) =>
    g(list, clipped(direction, list, list.op('f32.add', r as ValueId, x as ValueId))),
  )
  return [
    cellMap(direction, [update, candidate, h], (list, z, c, old) =>
      sum(list, [
        list.op('f32.mul', list.op('f32.sub', list.f32(1), z as ValueId), c as ValueId),
        list.op('f32.mul', z as ValueId, old as ValueId),
      ]),
    ),
  ]
}

/** A recurrent operator: its cell, number of gates and states, names of its activations. */
interface Recurrence {
  readonly cell: Cell
  readonly numGates: number
  readonly numStates: number
  readonly defaults: readonly string[]
  /** Gates whose Rb is not added to the inputs' part. */
  readonly keepsBiasOf?: (context: NodeContext) => number
}

function row(tensor: Tensor, index: number, axis = 0): Tensor {
  const one = sliceView(tensor, { axis, start: index, step: 1, count: 1 })
  const without = (values: readonly number[]) => values.filter((_, i) => i !== axis)
  return { ...one, shape: without(one.shape), strides: without(one.strides) }
}

/** The bias of the inputs' part: Wb + Rb, but for gates that keep theirs. */
function inputBias(context: NodeContext, p: { bias: Tensor; size: number; numKept: number; hidden: number }): Tensor {
  const [w, r] = [0, 1].map((half) => sliceView(p.bias, { axis: 0, start: half * p.size, step: 1, count: p.size })) as [
    Tensor,
    Tensor,
  ]
  const added = context.builder.map(w, [w, r], (list, x, y) => list.op('f32.add', x as ValueId, y as ValueId))
  if (p.numKept === 0) return added
  const first = sliceView(added, { axis: 0, start: 0, step: 1, count: p.size - p.numKept * p.hidden })
  const last = sliceView(w, { axis: 0, start: p.size - p.numKept * p.hidden, step: 1, count: p.numKept * p.hidden })
  return concatenated(context, { tensors: [first, last], axis: 0 })
}

function directionOf(
  context: NodeContext,
  recurrence: Recurrence,
  p: { x: Tensor; index: number; hidden: number },
): Direction {
  const [w, r] = [row(context.input(1), p.index), row(context.input(2), p.index)]
  const bias = context.optional(3)
  const size = recurrence.numGates * p.hidden
  const numKept = recurrence.keepsBiasOf?.(context) ?? 0
  const both = bias && inputBias(context, { bias: row(bias, p.index), size, numKept, hidden: p.hidden })
  const projected = product(context, { a: p.x, b: transposeView(w, [1, 0]), dtype: p.x.dtype })
  const inputs =
    both === undefined
      ? projected
      : context.builder.map(projected, [projected, both], (list, v, b) =>
          list.op('f32.add', v as ValueId, b as ValueId),
        )
  const peepholes = recurrence.numStates === 2 ? context.optional(7) : undefined
  return {
    context,
    hidden: p.hidden,
    batch: p.x.shape[1] as number,
    inputs,
    recurrence: transposeView(r, [1, 0]),
    inputBias: both,
    recurrenceBias: bias && sliceView(row(bias, p.index), { axis: 0, start: size, step: 1, count: size }),
    peepholes: peepholes && row(peepholes, p.index),
    activations: activationsOf(context, { defaults: recurrence.defaults, direction: p.index }),
    clip: context.float('clip', 0),
  }
}

/** Hidden states of all steps of a direction, in the order of time, and the states after its last step. */
function runDirection(
  direction: Direction,
  p: { cell: Cell; start: State; isReverse: boolean; isRunning: ((t: number) => Tensor) | undefined },
): { steps: Tensor[]; last: State } {
  const count = direction.inputs.shape[0] as number
  const steps: Tensor[] = new Array(count)
  let state = p.start
  for (let i = 0; i < count; i++) {
    const t = p.isReverse ? count - 1 - i : i
    const next = p.cell(direction, state, row(direction.inputs, t))
    const running = p.isRunning?.(t)
    steps[t] =
      running === undefined
        ? (next[0] as Tensor)
        : cellMap(direction, [running, next[0] as Tensor], (list, on, x) =>
            list.op('f32.select', on as ValueId, x as ValueId, list.f32(0)),
          )
    state =
      running === undefined
        ? next
        : next.map((tensor, k) =>
            cellMap(direction, [running, tensor, state[k] as Tensor], (list, on, x, old) =>
              list.op('f32.select', on as ValueId, x as ValueId, old as ValueId),
            ),
          )
  }
  return { steps, last: state }
}

/** Whether step t lies inside each sequence, [batch, 1]; undefined where all are full. */
function runningAt(context: NodeContext, p: { batch: number; count: number }): ((t: number) => Tensor) | undefined {
  const lengths = context.optional(4)
  if (lengths === undefined) return undefined
  const known = context.knownOrNot(lengths)
  if (known?.every((length) => Number(length) === p.count)) return undefined
  return (t) =>
    context.builder.map({ dtype: 'bool', shape: [p.batch, 1] }, [unsqueezed(lengths, [1])], (list, length) =>
      list.op('i32.lt_s', list.i32(t), length as ValueId),
    )
}

function recurrent(recurrence: Recurrence): Lowering {
  return (context) => {
    const isBatchFirst = context.int('layout', 0) === 1
    const swap = (tensor: Tensor) =>
      isBatchFirst ? transposeView(tensor, [1, 0, ...tensor.shape.map((_, axis) => axis).slice(2)]) : tensor
    const x = swap(context.input(0))
    const [count, batch] = x.shape as [number, number]
    const hidden = context.int('hidden_size', (context.input(2).shape[2] as number) ?? 0)
    const kind = context.string('direction', 'forward')
    const isReverse = kind === 'bidirectional' ? [false, true] : [kind === 'reverse']
    const numHidden = context.count(batch * hidden, 'hidden values')
    const zeros = () => context.constant(x.dtype, [batch, hidden], new Array<number>(numHidden).fill(0))
    const runs = isReverse.map((reverse, index) => {
      const start = Array.from({ length: recurrence.numStates }, (_, s) => {
        const initial = context.optional(5 + s)
        return initial === undefined ? zeros() : row(swap(initial), index)
      })
      const direction = directionOf(context, recurrence, { x, index, hidden })
      return runDirection(direction, {
        cell: recurrence.cell,
        start,
        isReverse: reverse,
        isRunning: runningAt(context, { batch, count }),
      })
    })
    return outputsOf(context, { runs, isBatchFirst, count, numStates: recurrence.numStates })
  }
}

/** Y [steps, directions, batch, hidden], then the last states [directions, batch, hidden]; with layout 1 batch first. */
function outputsOf(
  context: NodeContext,
  p: { runs: readonly { steps: Tensor[]; last: State }[]; isBatchFirst: boolean; count: number; numStates: number },
): (Tensor | undefined)[] {
  const join = (tensors: readonly Tensor[]) =>
    concatenated(context, { tensors: tensors.map((tensor) => unsqueezed(tensor, [0])), axis: 0 })
  const all = context.hasOutput(0)
    ? join(Array.from({ length: p.count }, (_, t) => join(p.runs.map(({ steps }) => steps[t] as Tensor))))
    : undefined
  const last = Array.from({ length: p.numStates }, (_, s) =>
    context.hasOutput(1 + s) ? join(p.runs.map(({ last: states }) => states[s] as Tensor)) : undefined,
  )
  if (!p.isBatchFirst) return [all, ...last]
  return [all && transposeView(all, [2, 0, 1, 3]), ...last.map((state) => state && transposeView(state, [1, 0, 2]))]
}

/** Recurrent layers, unrolled over their steps. */
export const RECURRENT: Readonly<Record<string, Lowering>> = {
  RNN: recurrent({ cell: rnnCell, numGates: 1, numStates: 1, defaults: ['Tanh'] }),
  LSTM: recurrent({ cell: lstmCell, numGates: 4, numStates: 2, defaults: ['Sigmoid', 'Tanh', 'Tanh'] }),
  GRU: recurrent({
    cell: gruCell,
    numGates: 3,
    numStates: 1,
    defaults: ['Sigmoid', 'Tanh'],
    keepsBiasOf: (context) => (context.int('linear_before_reset', 0) === 1 ? 1 : 0),
  }),
}
