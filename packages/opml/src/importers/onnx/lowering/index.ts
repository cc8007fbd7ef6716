import type { Lowering } from './context.ts'
import { CONTROL } from './control.ts'
import { CONVOLUTION } from './convolution.ts'
import { ACTIVATIONS } from './activations.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { INDEXING } from './indexing.ts'
import { KNOWN } from './known.ts'
import { LOSSES } from './losses.ts'
import { MATRIX } from './matrix.ts'
import { FEATURES, REFUSED } from './ml/features.ts'
import { LINEAR_MODELS } from './ml/linearModels.ts'
import { TREES } from './ml/trees.ts'
import { NGRAMS } from './ngrams.ts'
import { NORMALIZATION } from './normalization.ts'
import { PADDING } from './padding.ts'
import { POOLING } from './pooling.ts'
import { QUANTIZATION } from './quantization.ts'
import { RECURRENT } from './recurrent.ts'
import { REGIONS } from './regions.ts'
import { REDUCTION } from './reduction.ts'
import { RESIZE } from './resize.ts'
import { SAMPLING } from './sampling.ts'
import { SHAPES } from './shapes.ts'
import { SIGNAL } from './signal.ts'

/** Lowerings of the ONNX domain by operator. */
const ONNX_LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...ELEMENTWISE,
  ...ACTIVATIONS,
  ...SHAPES,
  ...MATRIX,
  ...CONVOLUTION,
  ...POOLING,
  ...REDUCTION,
  ...NORMALIZATION,
  ...INDEXING,
  ...PADDING,
  ...QUANTIZATION,
  ...CONTROL,
  ...LOSSES,
  ...RECURRENT,
  ...RESIZE,
  ...SIGNAL,
  ...SAMPLING,
  ...KNOWN,
  ...NGRAMS,
  ...REGIONS,
}

/** Lowerings of the domain ai.onnx.ml. */
const ONNX_ML_LOWERINGS: Readonly<Record<string, Lowering>> = { ...TREES, ...LINEAR_MODELS, ...FEATURES }

/** Names of the operators of the ONNX domain that are lowered. */
export const ONNX_OPERATOR_NAMES: readonly string[] = Object.keys(ONNX_LOWERINGS)

/** Names of those of ai.onnx.ml. */
export const ML_OPERATOR_NAMES: readonly string[] = Object.keys(ONNX_ML_LOWERINGS)

/** How an operator is lowered; undefined when it is not supported. */
export function loweringOf(p: { domain: string; opType: string }): Lowering | undefined {
  const ml = { ...ONNX_ML_LOWERINGS, ...REFUSED }
  const table = p.domain === '' ? ONNX_LOWERINGS : p.domain === 'ai.onnx.ml' ? ml : {}
  return Object.hasOwn(table, p.opType) ? table[p.opType] : undefined
}
