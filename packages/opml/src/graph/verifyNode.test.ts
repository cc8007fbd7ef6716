import { describe, expect, test } from 'vitest'
import type { Dtype } from './dtype.ts'
import { viewOf } from './testing/samplePrograms.ts'
import { layer, type Refused, refusal, withNode, withReduce } from './testing/verifySample.ts'

describe('verifyNode', () => {
  const cases: Refused[] = [
    ['an unknown operator', withNode(0, 0, { op: 'Nothing' }), 'Section 0, node 0: "Nothing" is no operator.'],
    ['an unknown dtype', withNode(0, 0, { dtype: 'f64' as Dtype }), 'Section 0, node 0: "f64" is no dtype.'],
    [
      'more than 1 GiB',
      withNode(0, 0, { shape: [2 ** 14, 2 ** 15] }),
      'Section 0, node 0: A tensor f32[16384, 32768] has more than 1 GiB.',
    ],
    [
      'what has no descriptor',
      withNode(0, 0, { attributes: { k: 1 } }),
      'Section 0, node 0: Descriptor, word 58: 1 attributes, MatMul has 3.',
    ],
    [
      'an attribute below its range',
      withReduce({ mode: 0 }),
      'Section 0, node 1: attribute mode is 0, it must be from 1 to 3.',
    ],
    [
      'an attribute above its range',
      withReduce({ mode: 4 }),
      'Section 0, node 1: attribute mode is 4, it must be from 1 to 3.',
    ],
    [
      'a NaN attribute',
      withReduce({ limit: Number.NaN }),
      'Section 0, node 1: attribute limit is NaN, it must be from 0 to Infinity.',
    ],
    [
      'an infinite attribute',
      withReduce({ scale: Number.NEGATIVE_INFINITY }),
      'Section 0, node 1: attribute scale is -Infinity, it must be from -3.4028234663852886e+38 to 3.4028234663852886e+38.',
    ],
    ['a missing operand', withNode(0, 1, { operands: [] }), 'Section 0, node 1: operand a is missing.'],
    [
      'an f32 operator on integers',
      withNode(0, 0, {
        operands: [
          viewOf({ kind: 'input', index: 1 }, { strides: [0, 0], dtype: 'i32' }),
          layer.operands[1],
          layer.operands[2],
        ],
      }),
      'Section 0, node 0: operand a cannot be i32.',
    ],
    [
      'a cost above 2^20',
      withNode(0, 0, { attributes: { k: 1025, strideA: 0, strideB: 0 } }),
      'Section 0, node 0: a block costs up to 1049600 steps, the limit is 1048576.',
    ],
    ['what the operator itself refuses', withNode(1, 1, { dtype: 'i32' }), 'Section 1, node 1: Gather copies bytes.'],
  ]
  test.each(cases)('error: refuses %s', (_, program, message) => expect(refusal(program)).toBe(message))
})
