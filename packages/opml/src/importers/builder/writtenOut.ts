import type { Node, Operand, OperandRef } from '../../graph/node.ts'
import { denseStrides, MAX_RANK, numElements, type Shape } from '../../graph/shape.ts'
import { binary, isReciprocal, isSquare, isUnary, withNumber } from './mapForms.ts'
import { isSameOperand } from './normalizeMap.ts'
import { axesSpread, isMean, isReduction, isSpread } from './reducedForms.ts'
import { isDense } from './tensor.ts'

/** Nodes that take the places of others. */
type Replacement = readonly { readonly at: number; readonly node: Node }[]

/** Modes of `Reduce`. */
const [SUM, MAX] = [0, 2]

/**
 * Normalisations and softmaxes that a model spells out in simpler operators, as exporters write them for operator sets without one.
 *
 * A form is taken only where its inner values are read by nothing else, so that they are never stored; what is found becomes the one node that
 * the operator itself would be. What may differ from the form as it was written is rounding.
 * @see spec/02-program.md §5
 */
export class WrittenOut {
  readonly #nodes: readonly (Node | undefined)[]
  readonly #uses: readonly number[]

  /** @param nodes - each `Map` as {@link normalizeMap} leaves it. @param uses - how often each is read; being an output counts. */
  constructor(nodes: readonly (Node | undefined)[], uses: readonly number[]) {
    this.#nodes = nodes
    this.#uses = uses
  }

  /** What replaces node `at` if it is the last one of a form. */
  replacementOf(at: number): Replacement | undefined {
    const node = this.#nodes[at]
    if (node?.op !== 'Map' || node.dtype !== 'f32' || node.operands.some((operand) => operand?.dtype !== 'f32'))
      return undefined
    return this.#softmax(node, at) ?? this.#logSoftmax(node, at) ?? this.#normalization(node, at)
  }

  /** exp(x − max) ÷ Σ exp(x − max) along one axis. */
  #softmax(node: Node, at: number): Replacement | undefined {
    const [top, bottom] = binary(node, 'f32.div') ?? []
    const axes = bottom && axesSpread(bottom, node.shape)
    const exponentials = top && this.#read(top, { shape: node.shape, uses: 2 })
    const sum = bottom && this.#node(bottom, 1)
    if (!axes || exponentials === undefined || sum === undefined) return undefined
    const shifted = this.#unary(exponentials, 'f32.exp', 1)
    if (shifted === undefined || !isReduction(sum, { mode: SUM, of: top as Operand, axes, shape: node.shape }))
      return undefined
    return this.#softmaxOf(shifted, { at, axes, isLog: 0 })
  }

  /** (x − max) − log Σ exp(x − max) along one axis. */
  #logSoftmax(node: Node, at: number): Replacement | undefined {
    const [left, right] = binary(node, 'f32.sub') ?? []
    const axes = right && axesSpread(right, node.shape)
    const shifted = left && this.#read(left, { shape: node.shape, uses: 2 })
    const logarithm = right && this.#node(right, 1)
    if (!axes || shifted === undefined || logarithm === undefined) return undefined
    const sum = this.#unary(logarithm, 'f32.log', 1)
    const summed = sum?.operands[0] as Operand | undefined
    const exponentials = summed && this.#node(summed, 1)
    if (sum === undefined || exponentials === undefined || !isUnary(exponentials, 'f32.exp')) return undefined
    if (!isSameOperand(exponentials.operands[0] as Operand, left as Operand, node.shape)) return undefined
    const of = denseOperandOf((summed as Operand).ref, node.shape)
    if (!isSameShape(exponentials.shape, node.shape) || !isReduction(sum, { mode: SUM, of, axes, shape: node.shape }))
      return undefined
    return this.#softmaxOf(shifted, { at, axes, isLog: 1 })
  }

  /** The node for `shifted` = x − max, if it is that along one axis. */
  #softmaxOf(shifted: Node, p: { at: number; axes: readonly number[]; isLog: number }): Replacement | undefined {
    const { shape } = shifted
    const [x, max] = binary(shifted, 'f32.sub') ?? []
    const greatest = max && this.#node(max, 1)
    if (x === undefined || p.axes.length !== 1 || greatest === undefined) return undefined
    if (!isSpread(max as Operand, p.axes, shape) || !isReduction(greatest, { mode: MAX, of: x, axes: p.axes, shape }))
      return undefined
    const attributes = { axis: MAX_RANK - shape.length + (p.axes[0] as number), isLog: p.isLog }
    return [{ at: p.at, node: { op: 'Softmax', dtype: 'f32', shape, operands: [x], attributes, microOps: [] } }]
  }

  /** (x − mean) ÷ √(mean of (x − mean)² + epsilon), or x ÷ √(mean of x² + epsilon) where no mean is taken off. */
  #normalization(node: Node, at: number): Replacement | undefined {
    for (const { top, deviation } of this.#quotients(node)) {
      const axes = axesSpread(deviation.operand, node.shape)
      const found = axes && this.#variance(deviation.variance, { of: top, axes, shape: node.shape })
      if (!axes || found === undefined) continue
      const centred = this.#centred(top, { axes, shape: node.shape })
      return normalized(centred ?? top, { ...found, at, axes, shape: node.shape, isRms: centred === undefined ? 1 : 0 })
    }
    return undefined
  }

  /** The ways to read a node as a ÷ √b: what is divided, the operand that divides, and the node b. */
  #quotients(node: Node): { top: Operand; deviation: { operand: Operand; variance: number } }[] {
    const [a, b] = binary(node, 'f32.div') ?? []
    const factors = binary(node, 'f32.mul')
    const pairs =
      factors === undefined
        ? [[a, b, false]]
        : [
            [...factors, true],
            [factors[1], factors[0], true],
          ]
    return pairs.flatMap(([top, operand, isInverse]) => {
      const variance = this.#radicand(operand as Operand | undefined, isInverse === true)
      return variance === undefined
        ? []
        : [{ top: top as Operand, deviation: { operand: operand as Operand, variance } }]
    })
  }

  /** The number of the node of which an operand is the square root, or with `isInverse` one divided by that. */
  #radicand(operand: Operand | undefined, isInverse: boolean): number | undefined {
    const node = operand && this.#node(operand, 1)
    if (node === undefined) return undefined
    const power = withNumber(node, 'f32.pow')
    if (power !== undefined) return power === (isInverse ? -0.5 : 0.5) ? this.#numberRead(node) : undefined
    if (isUnary(node, 'f32.sqrt')) return isInverse ? undefined : this.#numberRead(node)
    const under = isInverse && isReciprocal(node) ? this.#numberRead(node) : undefined
    const root = under === undefined ? undefined : this.#single(under)
    return root !== undefined && isUnary(root, 'f32.sqrt') ? this.#numberRead(root) : undefined
  }

  /** Epsilon and the number of the `Reduce`, if node `at` is the mean of the squares of `of` along the axes, plus a number or not. */
  #variance(
    at: number,
    p: { of: Operand; axes: readonly number[]; shape: Shape },
  ): { epsilon: number; reduce: number } | undefined {
    const node = this.#single(at)
    const added = node && withNumber(node, 'f32.add')
    const reduce = added === undefined ? at : this.#numberRead(node as Node)
    const mean = reduce === undefined ? undefined : this.#single(reduce)
    const epsilon = added ?? 0
    if (mean?.op !== 'Reduce' || !(epsilon >= 0 && epsilon < Infinity)) return undefined
    const squares = this.#node(mean.operands[0] as Operand, 1)
    if (squares === undefined || !isSquare(squares) || !isSameShape(squares.shape, p.shape)) return undefined
    if (!isSameOperand(squares.operands[0] as Operand, p.of, p.shape)) return undefined
    const of = denseOperandOf((mean.operands[0] as Operand).ref, p.shape)
    return isMean(mean, { ...p, of }) ? { epsilon, reduce: reduce as number } : undefined
  }

  /** The x of an operand that is x − mean along the axes, read twice, by the quotient and by the squares. */
  #centred(operand: Operand, p: { axes: readonly number[]; shape: Shape }): Operand | undefined {
    const node = this.#read(operand, { shape: p.shape, uses: 2 })
    const [x, mean] = (node && binary(node, 'f32.sub')) ?? []
    const reduced = mean && this.#node(mean, 1)
    if (x === undefined || reduced === undefined || !isSpread(mean as Operand, p.axes, p.shape)) return undefined
    return isMean(reduced, { ...p, of: x }) ? x : undefined
  }

  /** The node of an f32 operand that is read so often in all. */
  #node({ ref }: Operand, uses: number): Node | undefined {
    return ref.kind === 'node' ? this.#single(ref.index, uses) : undefined
  }

  #single(at: number, uses = 1): Node | undefined {
    const node = this.#nodes[at]
    return node?.dtype === 'f32' && this.#uses[at] === uses ? node : undefined
  }

  /** The node of an operand that is all of its output, in its shape, element by element. */
  #read(operand: Operand, p: { shape: Shape; uses: number }): Node | undefined {
    const node = this.#node(operand, p.uses)
    return node && isSameShape(node.shape, p.shape) && isWhole(operand, p.shape) ? node : undefined
  }

  /** The number of the node whose whole output is the operand of a `Map` of one operand. */
  #numberRead(map: Node): number | undefined {
    const [operand] = map.operands
    if (operand?.ref.kind !== 'node' || !isWhole(operand, map.shape)) return undefined
    const shape = this.#nodes[operand.ref.index]?.shape
    return shape !== undefined && numElements(shape) === numElements(map.shape) ? operand.ref.index : undefined
  }

  /** What a `Map` with this function alone reads whole, if so often. */
  #unary(map: Node, name: string, uses: number): Node | undefined {
    const at = isUnary(map, name) ? this.#numberRead(map) : undefined
    return at === undefined ? undefined : this.#single(at, uses)
  }
}

/** `Normalize` over the axes of x, in place of node `at`; over other than the innermost ones in another order, which a copy undoes. */
function normalized(
  x: Operand,
  p: { at: number; reduce: number; axes: readonly number[]; shape: Shape; epsilon: number; isRms: number },
): Replacement | undefined {
  const { shape, axes } = p
  const attributes = { epsilon: p.epsilon, isRms: p.isRms }
  const node = { op: 'Normalize', dtype: 'f32' as const, microOps: [] }
  const first = axes[0] as number
  if (shape.every((size, axis) => axis < first || size === 1 || axes.includes(axis)))
    return [
      {
        at: p.at,
        node: { ...node, shape, operands: [x], attributes: { ...attributes, numAxes: shape.length - first } },
      },
    ]
  const order = [...shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes)
  const pick = (values: readonly number[]) => order.map((axis) => values[axis] as number)
  const layout = x.layout.kind === 'view' ? { ...x.layout, strides: pick(x.layout.strides) } : x.layout
  const moved = { ...node, shape: pick(shape), operands: [{ ...x, layout }] as const }
  const strides = denseStrides(moved.shape)
  const back = {
    kind: 'view' as const,
    offset: 0,
    strides: [...shape.keys()].map((axis) => strides[order.indexOf(axis)] as number),
  }
  const copied: Operand = { ref: { kind: 'node', index: p.reduce }, dtype: 'f32', layout: back }
  const load = { name: 'load', sources: [0], imm: 0 }
  return [
    { at: p.reduce, node: { ...moved, attributes: { ...attributes, numAxes: axes.length } } },
    { at: p.at, node: { op: 'Map', dtype: 'f32', shape, operands: [copied], attributes: {}, microOps: [load] } },
  ]
}

function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}

function isWhole(operand: Operand, shape: Shape): boolean {
  return operand.layout.kind === 'view' && isDense({ ...operand, ...operand.layout, shape })
}

/** All of a node's output, in a shape. */
function denseOperandOf(ref: OperandRef, shape: Shape): Operand {
  return { ref, dtype: 'f32', layout: { kind: 'view', strides: denseStrides(shape), offset: 0 } }
}
