import { numElements } from '../../graph/shape.ts'
import type { ProgramBuilder } from '../builder/programBuilder.ts'
import { denseTensor, type Tensor } from '../builder/tensor.ts'
import { NodeContext, UnsupportedNode } from '../onnx/lowering/context.ts'
import { loweringOf } from '../onnx/lowering/index.ts'
import type { OnnxNode, OnnxTensor } from '../onnx/onnxModel.ts'
import type { Range } from './calibration.ts'
import type { Quantiser } from './quantiser.ts'
import { quantiseTo, type Target } from './target.ts'
import type { Form, Stored, Value } from './values.ts'
import { shapeOf } from './values.ts'

/** A value of the graph: integers for a real tensor, or a tensor that stays as it is (shapes, indices, constants). */
export type GraphValue =
  | { readonly kind: 'plain'; readonly tensor: Tensor }
  | { readonly kind: 'real'; readonly name: string; readonly value: Value }

/** What rules know of the whole model. */
export interface ModelFacts {
  /** The range seen for a real tensor. @throws {UnsupportedNode} for one that the calibration did not see. */
  rangeOf(name: string, form: Form): Range
  /** How a tensor is stored: by what reads it. */
  formOf(name: string): Form
  /** Nodes that read a tensor, results included. */
  usesOf(name: string): number
  /** Mean of each channel along `axis` of what a product reads; undefined where the calibration did not see it. */
  channelMeans(name: string, axis: number): Float64Array | undefined
  /** Whether a product takes 16-bit activations. */
  isWide(node: OnnxNode): boolean
}

/** A constant of the model as real numbers. */
export interface RealConstant {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** One ONNX node on its way into an integer program. */
export class QuantiseContext {
  readonly node: OnnxNode
  readonly quantiser: Quantiser
  readonly facts: ModelFacts
  readonly inputs: readonly (GraphValue | undefined)[]
  readonly #opset: number
  readonly #constantOf: (tensor: OnnxTensor) => Tensor

  constructor(p: {
    node: OnnxNode
    opset: number
    quantiser: Quantiser
    facts: ModelFacts
    inputs: readonly (GraphValue | undefined)[]
    constantOf: (tensor: OnnxTensor) => Tensor
  }) {
    this.node = p.node
    this.quantiser = p.quantiser
    this.facts = p.facts
    this.inputs = p.inputs
    this.#opset = p.opset
    this.#constantOf = p.constantOf
  }

  get builder(): ProgramBuilder {
    return this.quantiser.builder
  }

  /** Name of the first output. */
  get output(): string {
    return this.node.outputs[0] as string
  }

  unsupported(reason: string): UnsupportedNode {
    return new UnsupportedNode(reason)
  }

  /** The real value of input `i`; undefined if it is none. */
  real(i: number): Value | undefined {
    const input = this.inputs[i]
    return input?.kind === 'real' ? input.value : undefined
  }

  /** Input `i` as known real numbers; undefined if it is not known. */
  constant(i: number): RealConstant | undefined {
    const input = this.inputs[i]
    if (input?.kind !== 'plain' || input.tensor.dtype !== 'f32') return undefined
    return this.builder.knownBytes(input.tensor) === undefined
      ? undefined
      : { shape: input.tensor.shape, values: this.quantiser.resultsOf(input.tensor) }
  }

  /** The one number that input `i` is. @throws {UnsupportedNode} when it is not known, or not one. */
  known(i: number): number {
    const constant = this.constant(i)
    const value = constant && scalarOf(constant)
    if (value === undefined) throw this.unsupported(`input ${i} is not a number that is known before the run`)
    return value
  }

  /** Input `i` as the tensor of the model that it is; undefined where it is real or missing. */
  plain(i: number): Tensor | undefined {
    const input = this.inputs[i]
    return input?.kind === 'plain' ? input.tensor : undefined
  }

  /** Shape of input `i`. */
  shape(i: number): readonly number[] {
    const input = this.inputs[i]
    if (input === undefined) throw this.unsupported(`input ${i} is missing`)
    return input.kind === 'plain' ? input.tensor.shape : shapeOf(input.value)
  }

  /** Input `i` as stored integers. @throws {UnsupportedNode} when it is no real value. */
  stored(i: number, form: Form): Stored {
    const input = this.inputs[i]
    if (input?.kind !== 'real') throw this.unsupported(`input ${i} is no tensor of activations`)
    const { name, value } = input
    return this.quantiser.store(value, { form, range: this.facts.rangeOf(name, form), name })
  }

  /** Input `i`, activations or known, as integers of a target. @throws {UnsupportedNode} when it is neither. */
  integers(i: number, target: Target): Tensor {
    const value = this.real(i)
    if (value !== undefined) return this.quantiser.restore(value, { target })
    const constant = this.constant(i)
    if (constant === undefined) throw this.unsupported(`input ${i} is no tensor of activations`)
    const values = Array.from(constant.values, (real) => quantiseTo(target, real))
    return this.context([]).constant(target.dtype, constant.shape, values)
  }

  /** Mean of each channel of input 0 along `axis`, as the calibration saw it. */
  channelMeans(axis: number): Float64Array | undefined {
    const [input] = this.inputs
    return input?.kind === 'real' ? this.facts.channelMeans(input.name, axis) : undefined
  }

  /** The node's ordinary context with these tensors as inputs. */
  context(inputs: readonly (Tensor | undefined)[]): NodeContext {
    return new NodeContext({
      builder: this.builder,
      node: this.node,
      opset: this.#opset,
      inputs,
      lowerSubgraph: () => {
        throw this.unsupported('a subgraph of real tensors')
      },
      constantOf: this.#constantOf,
    })
  }

  /** The ordinary lowering of the node on these tensors. */
  lower(inputs: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] {
    const lowering = loweringOf(this.node)
    if (lowering === undefined) throw this.unsupported('the operator is not supported')
    return lowering(this.context(inputs))
  }

  /** The inputs with `replace` in place of real values. */
  tensors(replace: (value: Value, i: number) => Tensor): (Tensor | undefined)[] {
    return this.inputs.map((input, i) => (input?.kind === 'real' ? replace(input.value, i) : input?.tensor))
  }
}

/** A tensor that has a shape and nothing else: for operators that ask no more. */
export function shapeOnly(value: Value): Tensor {
  return denseTensor({ kind: 'zero' }, { dtype: 'f32', shape: shapeOf(value) })
}

/** The one number of a constant with one element. */
export function scalarOf(constant: RealConstant): number | undefined {
  return numElements(constant.shape) === 1 ? constant.values[0] : undefined
}
