import { dtypeInfo } from '../../../graph/dtype.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { sliceView } from '../../builder/views.ts'
import type { OnnxGraph } from '../onnxModel.ts'
import type { Lowering, NodeContext } from './context.ts'
import { concatenated } from './indexing.ts'
import { unsqueezed } from './shapes.ts'

/** A loop that would run longer than this is taken for one that never ends. */
const MAX_ROUNDS = 10_000

/** The branch that a condition known before the run takes; else both, and the condition picks among their elements. */
const conditional: Lowering = (context) => {
  const branch = (isTrue: boolean) => context.lowerSubgraph(context.graph(isTrue ? 'then_branch' : 'else_branch'), [])
  const known = context.knownOrNot(context.input(0))
  if (known !== undefined) return branch(Number(known[0]) !== 0)
  const [taken, other] = [branch(true), branch(false)]
  const isAlike = taken.every(
    ({ dtype, shape }, i) => dtype === other[i]?.dtype && shape.join() === other[i]?.shape.join(),
  )
  if (!isAlike) context.known(0)
  const condition = { ...context.input(0), shape: [], strides: [] }
  return taken.map((tensor, i) =>
    context.builder.map(tensor, [condition, tensor, other[i] as Tensor], (list, isTrue, x, y) =>
      list.op(`${dtypeInfo(tensor.dtype).valueClass}.select`, isTrue as never, x as never, y as never),
    ),
  )
}

/** A loop whose number of rounds is known before the run, unrolled. */
const loop: Lowering = (context) => {
  const body = context.graph('body')
  const limit = context.optional(0) === undefined ? MAX_ROUNDS : Number(context.known(0)[0])
  let isGoingOn = context.optional(1) === undefined ? true : Number(context.known(1)[0]) !== 0
  const numCarried = body.inputs.length - 2
  let carried = Array.from({ length: numCarried }, (_, i) => context.input(2 + i))
  const scanned: Tensor[][] = body.outputs.slice(1 + numCarried).map(() => [])
  for (let round = 0; round < limit && isGoingOn; round++) {
    if (round >= MAX_ROUNDS) throw context.unsupported(`more than ${MAX_ROUNDS} rounds`)
    const counter = context.constant('i64', [], [round])
    const outputs = context.lowerSubgraph(body, [counter, context.constant('bool', [], [1]), ...carried])
    const condition = context.knownOrNot(outputs[0] as Tensor)
    if (condition === undefined) throw context.unsupported('its condition depends on data')
    isGoingOn = Number(condition[0]) !== 0
    carried = outputs.slice(1, 1 + numCarried)
    outputs.slice(1 + numCarried).forEach((tensor, i) => scanned[i]?.push(unsqueezed(tensor, [0])))
  }
  return [...carried, ...scanned.map((parts) => stacked(context, { parts, axis: 0 }))]
}

function stacked(context: NodeContext, p: { parts: readonly Tensor[]; axis: number }): Tensor {
  if (p.parts.length === 0) throw context.unsupported('a loop of no rounds has no shape for what it collects')
  return concatenated(context, { tensors: p.parts, axis: p.axis })
}

/** A Scan: one round an element along the scanned axes. Before opset 9 there is a batch in front of everything. */
const scan: Lowering = (context) => {
  const body = context.graph('body')
  if (context.opset < 9) return scanOfBatch(context, body)
  const numScanned = context.requiredInt('num_scan_inputs')
  return scanned(context, { body, inputs: context.inputs(), numScanned })
}

function scanOfBatch(context: NodeContext, body: OnnxGraph): readonly Tensor[] {
  const numScanned = context.requiredInt('num_scan_inputs')
  const inputs = Array.from({ length: context.numInputs - 1 }, (_, i) => context.input(1 + i))
  const batch = inputs[0]?.shape[0] ?? 0
  const rows = Array.from({ length: batch }, (_, b) =>
    scanned(context, {
      body,
      numScanned,
      inputs: inputs.map((tensor) => dropAxis(sliceView(tensor, { axis: 0, start: b, step: 1, count: 1 }), 0)),
    }),
  )
  return (rows[0] ?? []).map((_, i) =>
    concatenated(context, { tensors: rows.map((row) => unsqueezed(row[i] as Tensor, [0])), axis: 0 }),
  )
}

function dropAxis(tensor: Tensor, axis: number): Tensor {
  const without = (values: readonly number[]) => values.filter((_, i) => i !== axis)
  return { ...tensor, shape: without(tensor.shape), strides: without(tensor.strides) }
}

function scanned(
  context: NodeContext,
  p: { body: OnnxGraph; inputs: readonly Tensor[]; numScanned: number },
): readonly Tensor[] {
  const numStates = p.inputs.length - p.numScanned
  const numOut = p.body.outputs.length - numStates
  let states = p.inputs.slice(0, numStates)
  const axes = (name: string, count: number) => context.ints(name) ?? new Array<number>(count).fill(0)
  const inputAxes = axes('scan_input_axes', p.numScanned)
  const inputReversed = axes('scan_input_directions', p.numScanned)
  const outputAxes = axes('scan_output_axes', numOut)
  const outputReversed = axes('scan_output_directions', numOut)
  const sequences = p.inputs.slice(numStates)
  const count = context.count(sequences[0]?.shape[inputAxes[0] as number] ?? 0, 'rounds')
  const collected: Tensor[][] = Array.from({ length: numOut }, () => [])
  for (let round = 0; round < count; round++) {
    const elements = sequences.map((tensor, i) => {
      const axis = context.axis(inputAxes[i] as number, tensor.shape.length)
      const start = inputReversed[i] === 1 ? count - 1 - round : round
      return dropAxis(sliceView(tensor, { axis, start, step: 1, count: 1 }), axis)
    })
    const outputs = context.lowerSubgraph(p.body, [...states, ...elements])
    states = outputs.slice(0, numStates)
    outputs.slice(numStates).forEach((tensor, i) => {
      const part = unsqueezed(tensor, [context.axis(outputAxes[i] as number, tensor.shape.length + 1)])
      if (outputReversed[i] === 1) collected[i]?.unshift(part)
      else collected[i]?.push(part)
    })
  }
  return [
    ...states,
    ...collected.map((parts, i) =>
      stacked(context, { parts, axis: context.axis(outputAxes[i] as number, parts[0]?.shape.length ?? 1) }),
    ),
  ]
}

/** Control flow that is known before the run. */
export const CONTROL: Readonly<Record<string, Lowering>> = { If: conditional, Loop: loop, Scan: scan }
