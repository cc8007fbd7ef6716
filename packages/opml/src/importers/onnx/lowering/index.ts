import type { Lowering } from './context.ts'
import { ACTIVATIONS } from './activations.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { MATRIX } from './matrix.ts'
import { SHAPES } from './shapes.ts'

/** Lowerings of the ONNX domain by operator. */
const ONNX_LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...ELEMENTWISE,
  ...ACTIVATIONS,
  ...SHAPES,
  ...MATRIX,
}

/** Lowerings of the domain ai.onnx.ml. */
const ONNX_ML_LOWERINGS: Readonly<Record<string, Lowering>> = {}

/** How an operator is lowered; undefined when it is not supported. */
export function loweringOf(p: { domain: string; opType: string }): Lowering | undefined {
  const table = p.domain === '' ? ONNX_LOWERINGS : p.domain === 'ai.onnx.ml' ? ONNX_ML_LOWERINGS : {}
  return Object.hasOwn(table, p.opType) ? table[p.opType] : undefined
}
