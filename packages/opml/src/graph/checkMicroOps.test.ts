import { describe, expect, test } from 'vitest'
import { op } from './testing/samplePrograms.ts'
import { reduce, type Refused, refusal, withMicroOps, withNode, withReduce } from './testing/verifySample.ts'

describe('checkMicroOps', () => {
  const load = op('load', [0])
  const cases: Refused[] = [
    ['an unknown one', withMicroOps(op('f32.nothing')), 'Descriptor, word 80: "f32.nothing" is no micro-op.'],
    [
      'an f32 where an i32 is due',
      withMicroOps(op('f32.const'), op('i32.add', [0, 'imm'], 1)),
      'micro-op 1 (i32.add) takes value 0 as i32, it is f32.',
    ],
    [
      'an i32 where an i64 is due',
      withMicroOps(load, op('i64.const'), op('i64.add', [1, 0])),
      'micro-op 2 (i64.add) takes value 0 as i64, it is i32.',
    ],
    [
      'a condition that is no i32',
      withMicroOps(op('i64.const'), op('i64.select', [0, 0, 0])),
      'micro-op 1 (i64.select) takes value 0 as i32, it is i64.',
    ],
    [
      'a third argument of another class',
      withMicroOps(load, op('f32.const'), op('i32.select', [0, 0, 1])),
      'micro-op 2 (i32.select) takes value 1 as i32, it is f32.',
    ],
    [
      'its own value',
      withMicroOps(load, op('i32.add', [1, 0])),
      'micro-op 1 (i32.add) takes value 1, which is not before it.',
    ],
    [
      'a later value',
      withMicroOps(op('i32.add', [1, 1]), load),
      'micro-op 0 (i32.add) takes value 1, which is not before it.',
    ],
    [
      'an immediate without use',
      withMicroOps({ ...op('index', [5]), imm: 1 }),
      'Descriptor, word 81: index has no use for 1.',
    ],
    [
      'a load of an absent operand',
      withMicroOps(op('load', [2])),
      'micro-op 0 (load) loads operand c, which is absent.',
    ],
    [
      'a load of a fourth operand',
      withMicroOps(op('load', [3])),
      'micro-op 0 (load) loads operand 3, which is absent.',
    ],
    [
      'a dimension past the last',
      withMicroOps(op('index', [6])),
      'micro-op 0 (index) takes dimension 6, the last is 5.',
    ],
    ['acc where the operator has none', withMicroOps(op('acc')), 'micro-op 0 (acc): Map hands over no acc.'],
    ['none where some are needed', withMicroOps(), 'Map needs micro-ops.'],
    [
      'a last value of another class',
      withMicroOps(load, op('f32.convert_i32_s', [0])),
      'a value of class f32 cannot be stored as i32.',
    ],
  ]
  test.each(cases)('error: refuses %s', (_, program, message) =>
    expect(refusal(program)).toBe(`Section 1, node 0: ${message}`),
  )

  const [acc, square] = reduce.microOps
  const others: Refused[] = [
    [
      'some where none are taken',
      withNode(1, 1, { microOps: [op('f32.const')] }),
      'Section 1, node 1: Gather takes no micro-ops.',
    ],
    [
      'a load of an operand that is read by the operator',
      withNode(0, 0, { microOps: [op('load', [0])] }),
      'Section 0, node 0: micro-op 0 (load) loads operand a, which is not left to micro-ops.',
    ],
    [
      'an accumulator of another class than the output',
      withNode(0, 0, { microOps: [], dtype: 'i32' }),
      'Section 0, node 0: a value of class f32 cannot be stored as i32.',
    ],
    [
      'a pre-op that takes a later value',
      withReduce({}, [square, acc, acc]),
      'Section 0, node 1: pre-op 0 (f32.mul) takes value 0, which is not before it.',
    ],
    [
      'an epilogue that takes a value of the pre-ops',
      withReduce({}, [acc, square, op('f32.sqrt', [0])]),
      'Section 0, node 1: micro-op 0 (f32.sqrt) takes value 0, which is not before it.',
    ],
    [
      'an epilogue that takes the accumulator of the wrong class',
      withReduce({ mode: 3 }, [acc, square, acc, op('f32.sqrt', [0])]),
      'Section 0, node 1: micro-op 1 (f32.sqrt) takes value 0 as f32, it is i64.',
    ],
    [
      'elements of a class that the operator does not accumulate',
      withReduce({ numPreOps: 1 }, [op('i64.const'), acc]),
      'Section 0, node 1: Reduce takes no i64 elements.',
    ],
    [
      'more pre-ops than micro-ops',
      withReduce({ numPreOps: 5 }),
      'Section 0, node 1: numPreOps is 5, the node has 4 micro-ops.',
    ],
    [
      'pre-ops alone that end in another class than the output',
      withReduce({ numPreOps: 1 }, [op('i32.const', [], 1)]),
      'Section 0, node 1: a value of class i32 cannot be stored as bf16.',
    ],
  ]
  test.each(others)('error: refuses %s', (_, program, message) => expect(refusal(program)).toBe(message))
})
