import { numElements } from '../../graph/shape.ts'
import { elements, tensorOver } from '../../graph/tensor.ts'
import type { ProgramBuilder } from '../builder/programBuilder.ts'
import { denseOperand, type Tensor } from '../builder/tensor.ts'
import type { OnnxNode } from '../onnx/onnxModel.ts'
import type { Range } from './calibration.ts'
import { requantised } from './requantise.ts'
import { quantiseTo, type Target, targetOf } from './target.ts'
import { type Affine, affineOf, type Form, type Stored, type Table, type Value, WIDE } from './values.ts'

/** A stored tensor that has a name in the model. */
export interface StoredLayer {
  readonly name: string
  readonly stored: Stored
}

/** A product as it was quantised, for exports: which inputs of the node are integers of what. */
export interface QuantisedProduct {
  readonly node: OnnxNode
  readonly activations: readonly { readonly input: number; readonly stored: Stored }[]
  /** Input 1 where it is known: the integers in the layout of the model, a scale a channel of `axis`. */
  readonly weights?: {
    readonly dims: readonly number[]
    readonly values: Int8Array
    readonly scales: readonly number[]
    readonly axis: number
  }
  /** What is added to each channel of the result, less what rounding the weights moves its mean by; `scales` are those of the sums. */
  readonly bias?: { readonly values: Float32Array; readonly scales: readonly number[] }
  /** How noise of the activations adds up: the mean over results of Σ w², or the number of terms of a product of activations. */
  readonly power:
    | { readonly kind: 'weights'; readonly sum: number }
    | { readonly kind: 'depth'; readonly depth: number }
}

/** Turns values into stored integers, each at most once a form. */
export class Quantiser {
  readonly builder: ProgramBuilder
  /** Everything stored under a name of the model, in the order of storing. */
  readonly layers: StoredLayer[] = []
  readonly products: QuantisedProduct[] = []
  readonly #stored = new Map<Value, Map<string, Stored>>()
  readonly #identities = new Map<Stored, Table>()
  readonly #indices = new Map<Stored, Tensor>()

  constructor(builder: ProgramBuilder) {
    this.builder = builder
  }

  /**
   * The value as stored integers.
   *
   * @param p.range - real values to make room for.
   * @param p.name - in the model, for the report.
   */
  store(value: Value, p: { form: Form; range: Range; name?: string }): Stored {
    if (value.kind === 'stored' && fits(value, p.form)) return value
    const forms = this.#stored.get(value) ?? new Map<string, Stored>()
    this.#stored.set(value, forms)
    // What is stored wide already is read again, not computed again.
    const found = forms.get(keyOf(p.form)) ?? this.#make(forms.get(keyOf(WIDE)) ?? value, p)
    forms.set(keyOf(p.form), found)
    return found
  }

  #make(value: Value, p: { form: Form; range: Range; name?: string }): Stored {
    const rescaled = value.kind === 'affine' ? rescaledOf(value, p.form) : undefined
    if (rescaled !== undefined) return rescaled
    const target = targetOf(p.range, p.form)
    const make = () =>
      value.kind === 'table'
        ? this.#lookUp(value, target)
        : requantised(this.builder, value.kind === 'stored' ? affineOf(value) : value, { target })
    // What is stored where it is first read is still that node's own.
    const tensor = p.name === undefined ? make() : this.builder.named(p.name, make)
    const stored = storedOf(tensor, target)
    if (p.name !== undefined) this.layers.push({ name: p.name, stored })
    return stored
  }

  /** The value as integers of a target that other tensors share. */
  restore(value: Value, p: { target: Target }): Tensor {
    const known = this.#stored.get(value)?.get(keyOf(WIDE)) ?? value
    if (known.kind === 'table') return this.#lookUp(known, p.target)
    return requantised(this.builder, known.kind === 'stored' ? affineOf(known) : known, p)
  }

  /** The value as a function of one stored tensor; undefined for what still has to be stored first. */
  table(value: Value): Table | undefined {
    if (value.kind === 'table') return value
    if (value.kind === 'stored') return this.#identity(value)
    const { source, gain, offset, clamp } = value
    if (source.stored === undefined || gain.length > 1 || offset.length > 1) return undefined
    const reals = this.#reals(source.stored).map((x) => {
      const y = gain[0] * x + offset[0]
      return clamp === undefined ? y : Math.min(Math.max(y, clamp.low), clamp.high)
    })
    return { kind: 'table', base: source.stored, values: this.#constant(reals) }
  }

  /** The f32 results that a table holds. */
  resultsOf(values: Tensor): Float32Array {
    const bytes = this.builder.knownBytes(values) as Uint8Array
    return elements({ ...tensorOver(bytes, { dtype: 'f32', shape: values.shape }), dtype: 'f32' })
  }

  /** A stored tensor as i32, dense: what look-ups count by. */
  index(base: Stored): Tensor {
    const found =
      this.#indices.get(base) ??
      this.builder.map({ dtype: 'i32', shape: base.tensor.shape }, [base.tensor], (_, x) => x)
    this.#indices.set(base, found)
    return found
  }

  /** Elements of a constant table, chosen by an i32 tensor. */
  gather(table: Tensor, index: Tensor): Tensor {
    const [size, count] = [numElements(table.shape), numElements(index.shape)]
    const result = this.builder.node({
      op: 'Gather',
      dtype: table.dtype,
      shape: [1, count, 1],
      operands: [denseOperand(table, [1, size, 1]), denseOperand(index, [count])],
      attributes: {},
      microOps: [],
    })
    return this.builder.reshape(result, index.shape)
  }

  #lookUp(table: Table, target: Target): Tensor {
    const results = this.resultsOf(table.values)
    const entries = target.dtype === 'i8' ? new Int8Array(results.length) : new Int16Array(results.length)
    results.forEach((result, q) => {
      entries[q] = quantiseTo(target, Number.isNaN(result) ? 0 : result)
    })
    const type = { name: 'table', dtype: target.dtype, shape: [entries.length] }
    const constant = this.builder.constant(type, new Uint8Array(entries.buffer))
    return this.gather(constant, this.index(table.base))
  }

  #identity(base: Stored): Table {
    const found = this.#identities.get(base) ?? {
      kind: 'table' as const,
      base,
      values: this.#constant(this.#reals(base)),
    }
    this.#identities.set(base, found)
    return found
  }

  /** The real number of every q, in the order of its unsigned bits: a negative index counts from the end. */
  #reals({ tensor, scale, zero }: Stored): Float32Array {
    const half = tensor.dtype === 'i8' ? 128 : 32768
    return Float32Array.from({ length: 2 * half }, (_, bits) => ((bits < half ? bits : bits - 2 * half) - zero) * scale)
  }

  #constant(values: Float32Array): Tensor {
    const type = { name: 'values', dtype: 'f32' as const, shape: [values.length] }
    return this.builder.constant(type, new Uint8Array(values.buffer))
  }
}

function keyOf(form: Form): string {
  return form.bits === 8 ? '8' : `16 to ${form.limit}`
}

/** A tensor of a target's integers. */
export function storedOf(tensor: Tensor, target: Pick<Target, 'scale' | 'zero' | 'limit'>): Stored {
  return { kind: 'stored', tensor, scale: target.scale, zero: target.zero, limit: target.limit }
}

/** A wide tensor is asked for its limit alone: 8 bits are fine where 16 would be. */
function fits(stored: Stored, form: Form): boolean {
  return form.bits === 8 ? stored.tensor.dtype === 'i8' : stored.limit <= form.limit
}

/** A multiple of a wide tensor is the same integers under another scale. */
function rescaledOf({ source, gain, offset, clamp }: Affine, form: Form): Stored | undefined {
  const { stored } = source
  const isMultiple = gain.length === 1 && gain[0] > 0 && offset.every((value) => value === 0) && clamp === undefined
  if (stored === undefined || !isMultiple || form.bits === 8 || !fits(stored, form)) return undefined
  return { ...stored, scale: stored.scale * gain[0] }
}
