import { describe, expect, test } from 'vitest'
import { runNode } from '../testing/runNode.ts'
import { ACTIVATIONS } from './activations.ts'
import { CONTROL } from './control.ts'
import { CONVOLUTION } from './convolution.ts'
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
import { REDUCTION } from './reduction.ts'
import { REGIONS } from './regions.ts'
import { RESIZE } from './resize.ts'
import { SAMPLING } from './sampling.ts'
import { SHAPES } from './shapes.ts'
import { SIGNAL } from './signal.ts'
import { loweringOf, ML_OPERATOR_NAMES, ONNX_OPERATOR_NAMES } from './index.ts'

describe('loweringOf', () => {
  test('default: by domain', () => {
    expect(loweringOf({ domain: '', opType: 'Conv' })).toBeTypeOf('function')
    expect(loweringOf({ domain: 'ai.onnx.ml', opType: 'LinearRegressor' })).toBeTypeOf('function')
    expect(loweringOf({ domain: 'ai.onnx.ml', opType: 'Conv' })).toBeUndefined()
    expect(loweringOf({ domain: '', opType: 'LinearRegressor' })).toBeUndefined()
    expect(loweringOf({ domain: 'com.microsoft', opType: 'Conv' })).toBeUndefined()
  })

  test('edge: what every object has is no operator', () => {
    for (const opType of ['constructor', '__proto__', 'toString'])
      expect(loweringOf({ domain: '', opType })).toBeUndefined()
  })

  test('default: one that is known and always refused says why, and is not among the names', () => {
    expect(() => runNode('ZipMap', { domain: 'ai.onnx.ml', inputs: [{ shape: [1], values: [1] }] })).toThrow('ZipMap')
    expect(ML_OPERATOR_NAMES).not.toContain('ZipMap')
  })
})

const ONNX_TABLES = [
  ACTIVATIONS,
  CONTROL,
  CONVOLUTION,
  ELEMENTWISE,
  INDEXING,
  KNOWN,
  LOSSES,
  MATRIX,
  NGRAMS,
  NORMALIZATION,
  PADDING,
  POOLING,
  QUANTIZATION,
  RECURRENT,
  REDUCTION,
  REGIONS,
  RESIZE,
  SAMPLING,
  SHAPES,
  SIGNAL,
]

describe('names of operators', () => {
  test('default: no operator is in two tables', () => {
    const names = ONNX_TABLES.flatMap((table) => Object.keys(table))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect([...ONNX_OPERATOR_NAMES].sort()).toEqual(names.sort())
    const ml = [FEATURES, LINEAR_MODELS, TREES, REFUSED].flatMap((table) => Object.keys(table))
    expect(ml.filter((name, i) => ml.indexOf(name) !== i)).toEqual([])
    expect([...ML_OPERATOR_NAMES, ...Object.keys(REFUSED)].sort()).toEqual(ml.sort())
  })
})
