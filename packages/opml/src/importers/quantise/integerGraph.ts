import { ProgramBuilder } from '../builder/programBuilder.ts'
import type { Tensor } from '../builder/tensor.ts'
import { UnsupportedNode } from '../onnx/lowering/context.ts'
import { ConstantSource, inputType, type OnnxImportOptions } from '../onnx/importOnnx.ts'
import { nameOf, type OnnxGraph, type OnnxModel, type OnnxNode } from '../onnx/onnxModel.ts'
import { batchNormalization, elementwise, isElementwise } from './elementwise.ts'
import { cast, castToReal, decision, isDecision, where } from './decisions.ts'
import { QuantiseUnsupportedError } from './errors.ts'
import { averagePool, concat, globalAveragePool, isMovement, movement, pad, reduction, softmax } from './movement.ts'
import { conv, gemm, matMul } from './products.ts'
import { type GraphValue, type ModelFacts, QuantiseContext, shapeOnly } from './quantiseContext.ts'
import { Quantiser, storedOf } from './quantiser.ts'
import { resize } from './resize.ts'
import { targetOf } from './target.ts'
import { convTranspose } from './transposedConv.ts'
import { type Stored, type Value, WIDE } from './values.ts'

/** How each operator with real inputs becomes integers. */
const RULES: Readonly<Record<string, (context: QuantiseContext) => Value>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  MatMul: matMul,
  Gemm: gemm,
  BatchNormalization: batchNormalization,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduction,
  ReduceSum: reduction,
  Softmax: softmax,
  Concat: concat,
  Cast: cast,
  Where: where,
}

/** Operators of real tensors whose results are no real tensors: only shapes or order count. */
const PLAIN_RESULTS: ReadonlySet<string> = new Set(['Shape', 'Size', 'ArgMax', 'ArgMin'])

/** An integer program being built from a model. */
export interface IntegerGraph {
  readonly quantiser: Quantiser
  readonly inputs: readonly { readonly name: string; readonly stored: Stored }[]
  /** Results in the order of the model: integers of a real tensor, or a plain tensor. */
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor; readonly stored?: Stored }[]
}

/**
 * Lowers a model to integers, node by node.
 *
 * @throws {QuantiseUnsupportedError} with everything that has no integer form.
 */
export function lowerToIntegers(
  model: OnnxModel,
  p: { bytes: Uint8Array; options: OnnxImportOptions; facts: ModelFacts },
): IntegerGraph {
  return new IntegerLowering(model, p).lower()
}

class IntegerLowering {
  readonly #model: OnnxModel
  readonly #facts: ModelFacts
  readonly #options: OnnxImportOptions
  readonly #source: ConstantSource
  readonly #quantiser: Quantiser
  readonly #values = new Map<string, GraphValue>()
  readonly #reasons: string[] = []

  constructor(model: OnnxModel, p: { bytes: Uint8Array; options: OnnxImportOptions; facts: ModelFacts }) {
    const builder = new ProgramBuilder(p.options.evaluate)
    this.#model = model
    this.#facts = p.facts
    this.#options = p.options
    this.#source = new ConstantSource(p.bytes, { builder, options: p.options })
    this.#quantiser = new Quantiser(builder)
  }

  lower(): IntegerGraph {
    const { graph } = this.#model
    const inputs = this.#takeInputs(graph)
    for (const tensor of graph.initializers)
      if (!this.#values.has(tensor.name))
        this.#values.set(tensor.name, { kind: 'plain', tensor: this.#source.constant(tensor) })
    for (const node of graph.nodes) this.#lowerNode(node)
    if (this.#reasons.length > 0) throw new QuantiseUnsupportedError(this.#reasons)
    return { quantiser: this.#quantiser, inputs, outputs: graph.outputs.map(({ name }) => this.#output(name)) }
  }

  /** Real inputs become integers that the caller makes by their scale and zero point; others stay. */
  #takeInputs(graph: OnnxGraph): IntegerGraph['inputs'] {
    const initialized = new Set(graph.initializers.map(({ name }) => name))
    const real: { name: string; stored: Stored }[] = []
    for (const info of graph.inputs) {
      const bound = this.#options.bind?.get(info.name)
      if (bound !== undefined) {
        const tensor = this.#source.constant({ ...bound, name: info.name })
        this.#values.set(info.name, { kind: 'plain', tensor })
        continue
      }
      if (initialized.has(info.name)) continue
      const type = inputType(info, this.#options)
      if (typeof type === 'string') {
        this.#reasons.push(`input "${info.name}": ${type}`)
        continue
      }
      if (type.dtype !== 'f32') {
        this.#values.set(info.name, { kind: 'plain', tensor: this.#quantiser.builder.input(type) })
        continue
      }
      const form = this.#facts.formOf(info.name)
      const target = targetOf(this.#facts.rangeOf(info.name, form), form)
      const stored = storedOf(this.#quantiser.builder.input({ ...type, dtype: target.dtype }), target)
      this.#values.set(info.name, { kind: 'real', name: info.name, value: stored })
      real.push({ name: info.name, stored })
    }
    return real
  }

  #lowerNode(node: OnnxNode): void {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.#values.get(name)))
    if (node.inputs.some((name, i) => name !== '' && inputs[i] === undefined)) return
    const context = new QuantiseContext({
      node,
      opset: this.#model.opsets.get(node.domain) ?? 1,
      quantiser: this.#quantiser,
      facts: this.#facts,
      inputs,
      constantOf: (tensor) => this.#source.constant(tensor),
    })
    try {
      const results = this.#quantiser.builder.named(nameOf(node), () => this.#results(context))
      results.forEach((result, i) => {
        const name = node.outputs[i] ?? ''
        if (result !== undefined && name !== '') this.#values.set(name, result)
      })
    } catch (error) {
      if (!(error instanceof UnsupportedNode)) throw error
      this.#reasons.push(`node "${nameOf(node)}" (${node.opType}): ${error.message}`)
    }
  }

  #results(context: QuantiseContext): readonly (GraphValue | undefined)[] {
    const { node, inputs } = context
    const plain = (tensors: readonly (Tensor | undefined)[]) =>
      tensors.map((tensor) => tensor && ({ kind: 'plain', tensor } as const))
    if (!inputs.some((input) => input?.kind === 'real')) {
      const real = node.opType === 'Cast' && node.domain === '' ? castToReal(context) : undefined
      if (real !== undefined) return [{ kind: 'real', name: context.output, value: real }]
      return plain(context.lower(context.tensors(shapeOnly)))
    }
    if (isDecision(node.opType) && node.domain === '') {
      const result = decision(context)
      if (result !== undefined) return plain([result])
    }
    // Of TopK the places alone are plain.
    if (PLAIN_RESULTS.has(node.opType) || (node.opType === 'TopK' && node.outputs[0] === '')) {
      const isShape = node.opType === 'Shape' || node.opType === 'Size'
      return plain(
        context.lower(context.tensors((value, i) => (isShape ? shapeOnly(value) : context.stored(i, WIDE).tensor))),
      )
    }
    const values = this.#real(context)
    return values.map((value, i) => value && this.#named(node.outputs[i] ?? '', value))
  }

  #real(context: QuantiseContext): readonly (Value | undefined)[] {
    const { opType, domain } = context.node
    if (domain !== '') throw context.unsupported(`the operator is of the domain "${domain}"`)
    const rule = Object.hasOwn(RULES, opType) ? RULES[opType] : undefined
    if (rule !== undefined) return [rule(context)]
    if (isMovement(opType)) return movement(context)
    if (isElementwise(opType)) return [elementwise(context)]
    throw context.unsupported('the operator has no fixed-point form')
  }

  /** A product that several nodes read is stored at once, so that it is computed once. */
  #named(name: string, value: Value): GraphValue {
    const isShared = value.kind === 'affine' && value.source.stored === undefined && this.#facts.usesOf(name) > 1
    const form = this.#facts.formOf(name)
    if (!isShared || form.bits === 8) return { kind: 'real', name, value }
    const stored = this.#quantiser.store(value, { form, range: this.#facts.rangeOf(name, form), name })
    return { kind: 'real', name, value: stored }
  }

  #output(name: string): IntegerGraph['outputs'][0] {
    const value = this.#values.get(name) as GraphValue
    if (value.kind === 'plain') return { name, tensor: value.tensor }
    const stored = this.#quantiser.store(value.value, { form: WIDE, range: this.#facts.rangeOf(name, WIDE), name })
    return { name, tensor: stored.tensor, stored }
  }
}
