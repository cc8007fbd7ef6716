import { elements, type TensorData, tensorOf } from 'opml/graph'
import { type BundleTensor, type QualityReport, type QuantisedType, quantiseValues, realValues } from 'opml/importers'

/** An input or a result of a program, with what its integers stand for if it is quantised. */
export interface QuantisableTensor extends BundleTensor {
  readonly real?: QuantisedType
}

/**
 * Inputs and results with their scales and zero points, by the quality report of a quantised bundle. Without one, or where it does not fit,
 * they are what the program says.
 *
 * @param quality - text of the report.
 */
export function withRealTypes(
  tensors: readonly BundleTensor[],
  p: { quality: string | undefined; side: 'inputs' | 'outputs' },
): readonly QuantisableTensor[] {
  const types = typesOf(p.quality)?.[p.side] ?? []
  return tensors.map((tensor) => {
    const real = types.find(({ name }) => name === tensor.name)
    return real !== undefined && isType(real, tensor) ? { ...tensor, real } : tensor
  })
}

function typesOf(quality: string | undefined): Partial<QualityReport> | undefined {
  if (quality === undefined) return undefined
  // SAFETY: any JSON may be there; what is used of it is checked below.
  const report = JSON.parse(quality) as Partial<QualityReport> | null
  const isReport = report?.format === 'opml.quality.1' && Array.isArray(report.inputs) && Array.isArray(report.outputs)
  return isReport ? report : undefined
}

function isType({ dtype, scale, zeroPoint }: QuantisedType, tensor: BundleTensor): boolean {
  const isKnown = dtype === 'i8' || dtype === 'i16'
  return isKnown && dtype === tensor.dtype && Number.isFinite(scale) && scale > 0 && Number.isInteger(zeroPoint)
}

/** An f32 tensor as the integers of a quantised one: nearest, ties to even, saturated. */
export function quantiseTensor(tensor: TensorData, type: QuantisedType): TensorData {
  const values = Float32Array.from(elements(tensor) as ArrayLike<number>)
  return { dtype: type.dtype, shape: tensor.shape, bytes: quantiseValues(values, type) }
}

/** The real numbers that the integers of a quantised tensor stand for, rounded to f32. */
export function realTensor(tensor: TensorData, type: QuantisedType): TensorData {
  return tensorOf('f32', tensor.shape, realValues(tensor.bytes, type))
}
