import { describe, expect, test } from 'vitest'
import type { Dtype } from './dtype.ts'
import type { InitialRef, OperandRef } from './node.ts'
import { SAMPLE, viewOf } from './testing/samplePrograms.ts'
import { type Refused, refusal, withOperand } from './testing/verifySample.ts'

const withRef = (ref: OperandRef, dtype: Dtype = 'i32') => withOperand(viewOf(ref, { strides: [0], dtype }))
const withInitial = (initial: InitialRef) => withRef({ kind: 'previous', index: 0, initial })

describe('checkReferences', () => {
  const cases: Refused[] = [
    ['a constant that does not exist', withRef({ kind: 'constant', index: 2 }), 'there is no constant 2, only 2.'],
    ['an input that does not exist', withRef({ kind: 'input', index: 2 }), 'there is no input 2, only 2.'],
    ['the zero tensor', withRef({ kind: 'zero' }), 'the zero tensor can only be an initial value.'],
    ['a node itself', withRef({ kind: 'node', index: 0 }), 'node 0 is not before node 0.'],
    ['a later node', withRef({ kind: 'node', index: 1 }), 'node 1 is not before node 0.'],
    [
      'a previous node that does not exist',
      withRef({ kind: 'previous', index: 2, initial: { kind: 'zero' } }),
      'there is no node 2, only 2.',
    ],
    ['its own section', withRef({ kind: 'section', section: 1, index: 0 }), 'section 1 is not before section 1.'],
    [
      'a node that an earlier section does not have',
      withRef({ kind: 'section', section: 0, index: 2 }),
      'there is no node of section 0 with number 2, only 2.',
    ],
    ['another dtype', withRef({ kind: 'input', index: 1 }, 'u32'), 'operand a is read as u32, its producer makes i32.'],
    [
      'another dtype of the previous step',
      withRef({ kind: 'previous', index: 1, initial: { kind: 'zero' } }),
      'operand a is read as i32, its producer makes f32.',
    ],
    [
      'an initial constant that does not exist',
      withInitial({ kind: 'constant', index: 7 }),
      'there is no constant 7, only 2.',
    ],
    ['an initial input that does not exist', withInitial({ kind: 'input', index: 2 }), 'there is no input 2, only 2.'],
    [
      'an initial value of its own section',
      withInitial({ kind: 'section', section: 1, index: 0 }),
      'section 1 is not before section 1.',
    ],
    [
      'an initial value of another dtype',
      withInitial({ kind: 'constant', index: 1 }),
      'the initial value of node 0 is f32, the node i32.',
    ],
    [
      'an initial value of another length',
      { ...SAMPLE, inputs: [SAMPLE.inputs[0], { name: '', dtype: 'i32', shape: [3] }] },
      'the initial value of node 0 has 12 bytes, the node 8.',
    ],
  ]
  test.each(cases)('error: refuses %s', (_, program, message) =>
    expect(refusal(program)).toBe(`Section 1, node 0: ${message}`),
  )
})
